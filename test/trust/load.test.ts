/** Trust, of a plugin: what load and every way to another version take, and what they refuse. */
import { cpSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionsOf, type LiveSource, type LoadOptions, load, preload } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { keyIdOf, newKeys, sign } from "../../host/trust/mod.ts";
import { folder } from "../durable/folder.ts";
import { Counter, failure, guest, refused } from "../faults/guest.ts";

let ours: Awaited<ReturnType<typeof newKeys>>;
let theirs: Awaited<ReturnType<typeof newKeys>>;
let first: Uint8Array;
let second: Uint8Array;
let stranger: Uint8Array;
let unsigned: Uint8Array;
let wanted: string;

beforeAll(async () => {
  [ours, theirs] = [await newKeys(), await newKeys()];
  first = await sign(await guest("counter"), { key: ours.privateKey });
  unsigned = await guest("counter", "2.0.0");
  second = await sign(unsigned, { key: ours.privateKey });
  stranger = await sign(await guest("counter", "6.6.6"), { key: theirs.privateKey });
  wanted = `wanted a signature of all of it by the key ${await keyIdOf(ours.publicKey)} (the option trust)`;
  await preload();
});

const trust = () => ({ keys: [ours.publicKey] });
const loaded = (options: LoadOptions<FunctionsOf<typeof Counter>> = {}) =>
  load(Counter, first, { trust: trust(), ...options });

describe("a plugin that trusts a key", () => {
  test("takes what the key has signed, and nothing else", async () => {
    await using plugin = await loaded();
    await plugin.swap(second);
    expect([plugin.version, await plugin.call.add(1)]).toEqual(["2.0.0", 1]);
    expect(await refused(load(Counter, unsigned, { trust: trust() }))).toBe(
      `[untrusted] could not load bytes: it is not signed; ${wanted}`,
    );
    expect(await refused(load(Counter, stranger, { trust: trust() }))).toBe(
      `[untrusted] could not load bytes: its signatures name the keys ${await keyIdOf(theirs.publicKey)}; ${wanted}`,
    );
  });

  test("goes on with the old version when a new one is another's, whichever way it comes", async () => {
    await using plugin = await loaded();
    await plugin.call.add(7);
    const ways = [
      () => plugin.swap(stranger),
      () => plugin.swap(unsigned),
      () => plugin.swap(new Response(Uint8Array.from(unsigned))),
      () => plugin.swap(unsigned, { dryRun: true }),
      () => plugin.swap(unsigned, { reset: true }),
      () => plugin.mirror(unsigned),
    ];
    for (const way of ways) expect((await failure(way())).code).toBe("untrusted");
    const error = await failure(plugin.swap(unsigned));
    expect([error.phase, error.record?.outcome, error.message]).toEqual([
      "prepare",
      "refused",
      `[untrusted] could not swap counter 1.0.0: could not load bytes: it is not signed; ${wanted}; version 1.0.0 still serves`,
    ]);
    expect([plugin.version, await plugin.call.value()]).toEqual(["1.0.0", 7]);
  });

  test("follows a source only as far as it is signed", async () => {
    let change!: (next: Uint8Array) => void;
    const told: string[] = [];
    let record!: () => void;
    const source: LiveSource = {
      current: async () => first,
      subscribe: (onChange) => {
        change = onChange;
        return () => {};
      },
      onRecord: ({ outcome, cause }) => {
        told.push(cause?.code ?? outcome);
        record();
      },
    };
    await using plugin = await load(Counter, source, { trust: trust() });
    for (const next of [stranger, second]) {
      const recorded = new Promise<void>((resolve) => {
        record = resolve;
      });
      change(next);
      await recorded;
    }
    expect([told, plugin.version]).toEqual([["untrusted", "swapped"], "2.0.0"]);
    expect(
      (await failure(load(Counter, { ...source, current: async () => stranger }, { trust: trust() }))).code,
    ).toBe("untrusted");
  });

  test("compiles nothing of what it does not trust", async () => {
    const broken = Uint8Array.from([...unsigned.subarray(0, 8), 10, 3, 1, 1, 0xff]);
    expect((await failure(load(Counter, broken))).code).toBe("invalid-module");
    expect((await failure(load(Counter, broken, { trust: trust() }))).code).toBe("untrusted");
  });

  test("takes no compiled module, which has no bytes", async () => {
    const compiled = await WebAssembly.compile(first as Uint8Array<ArrayBuffer>);
    const why =
      "could not load a compiled module: trust is of a module's bytes, and it came compiled; give its bytes";
    expect(await refused(load(Counter, compiled, { trust: trust() }))).toBe(`[argument] ${why}`);
    await using plugin = await loaded();
    expect(await refused(plugin.swap(compiled))).toContain(why);
  });

  test("goes by the bytes and the keys as they were when it was loaded", async () => {
    const [bytes, keys] = [first.slice(), [ours.publicKey]];
    const loading = load(Counter, bytes, { trust: { keys } });
    bytes.fill(0);
    await using plugin = await loading;
    keys[0] = theirs.publicKey;
    expect((await failure(plugin.swap(stranger))).code).toBe("untrusted");
    await plugin.swap(second);
  });

  test("trusts no other in a thread of its own either", async () => {
    await using plugin = await loaded({ isolation: "worker" });
    expect((await failure(plugin.swap(unsigned))).code).toBe("untrusted");
    await plugin.swap(second);
    expect([plugin.version, await plugin.call.add(2)]).toEqual(["2.0.0", 2]);
  });

  test("restarts after a trap, rolls back, and has limits, as any other", async () => {
    await using plugin = await loaded({ limits: { fuel: 1e9 }, afterTrap: "restart" });
    await plugin.swap(second, { probation: {} });
    await plugin.rollback();
    expect(plugin.version).toBe("1.0.0");
  });
});

describe("a change of keys", () => {
  test("goes through modules that both have signed, and keys that are asked for each time", async () => {
    let keys = [ours.publicKey];
    await using plugin = await load(Counter, first, { trust: { keys: () => keys } });
    const both = await sign(second, { key: theirs.privateKey });
    await plugin.swap(both);
    keys = [theirs.publicKey];
    expect((await failure(plugin.swap(first))).code).toBe("untrusted");
    await plugin.swap(both);
    await plugin.swap(stranger);
    expect(plugin.version).toBe("6.6.6");
  });

  test("may ask for more than one", async () => {
    const keys = [ours.publicKey, theirs.publicKey];
    const both = await sign(second, { key: theirs.privateKey });
    await using plugin = await load(Counter, both, { trust: { keys, require: "all" } });
    const error = await refused(plugin.swap(second));
    const ids = await Promise.all(keys.map(keyIdOf));
    expect(error).toBe(
      `[untrusted] could not swap counter 2.0.0: could not load bytes: it is signed by ${ids[0]}; no other key has signed it; wanted a signature of all of it by 2 of the keys ${ids.join(", ")} (the option trust); version 2.0.0 still serves`,
    );
  });

  test("is refused when nobody can say what the keys are", async () => {
    const keys = () => Promise.reject(new Error("no vault"));
    expect(await refused(load(Counter, first, { trust: { keys } }))).toBe(
      "[untrusted] could not check signatures: trust.keys threw: no vault",
    );
  });
});

describe("a signature of its own", () => {
  const apart = async (module: Uint8Array) => sign(module, { key: ours.privateKey, detached: true });

  test("counts at load and at a swap, as bytes and as a URL", async () => {
    const wasm = await guest("counter");
    await using plugin = await load(Counter, wasm, { trust: trust(), signature: await apart(wasm) });
    const url = new URL(
      `data:application/octet-stream;base64,${Buffer.from(await apart(unsigned)).toString("base64")}`,
    );
    expect((await failure(plugin.swap(unsigned))).code).toBe("untrusted");
    await plugin.swap(unsigned, { signature: [await apart(wasm), url] });
    const mirror = await plugin.mirror(wasm, { signature: await apart(wasm) });
    mirror.close();
    expect(plugin.version).toBe("2.0.0");
  });

  test("covers the signatures in the module too", async () => {
    const both = { trust: { keys: [ours.publicKey, theirs.publicKey], require: "all" as const } };
    const signature = await apart(stranger);
    await using plugin = await load(Counter, stranger, { ...both, signature });
    expect(plugin.version).toBe("6.6.6");
    const other = stranger.slice();
    other[60]! ^= 1;
    expect((await failure(load(Counter, other, { ...both, signature }))).code).toMatch(
      /untrusted|bad-signature/,
    );
  });

  test.each([7, null, "a.sig", [7], {}, new Array(17).fill(new Uint8Array(1))])(
    "is not %o",
    async (signature) => {
      const options = { trust: trust(), signature: signature as never };
      expect(await refused(load(Counter, first, options))).toMatch(
        /^\[argument\] could not use signature: found .+, wanted the bytes of a signature, its URL, or a list of at most 16$/,
      );
    },
  );

  test("is nothing without a key, and no file without end", async () => {
    expect(await refused(load(Counter, first, { signature: new Uint8Array(1) }))).toBe(
      "[argument] could not use signature: found an object (Uint8Array), wanted trust beside it: a signature is checked by the keys there",
    );
    const large = new URL(`data:,${"x".repeat(70_000)}`);
    expect(await refused(loaded({ signature: large }))).toBe(
      "[bad-signature] could not read signatures: signatures take at most 65536 bytes, and these have more",
    );
  });
});

describe("a store", () => {
  /** The store of a process that was killed: a version, and a call that it answered. */
  async function left(
    module: Uint8Array,
    options: LoadOptions<FunctionsOf<typeof Counter>>,
  ): Promise<string> {
    const [path, copy] = [folder(), folder()];
    await using plugin = await load(Counter, module, { ...options, store: directoryStore(path) });
    await plugin.call.add(3);
    cpSync(path, copy, { recursive: true });
    return copy;
  }

  test("brings back only a version that is trusted", async () => {
    const kept = await left(first, { trust: trust() });
    await using plugin = await load(Counter, second, { trust: trust(), store: directoryStore(kept) });
    expect([plugin.version, await plugin.call.value()]).toEqual(["2.0.0", 3]);
    const other = await left(await guest("counter", "0.9.0"), {});
    expect(await refused(load(Counter, second, { trust: trust(), store: directoryStore(other) }))).toMatch(
      /^\[untrusted\] could not load counter 2\.0\.0 from .*which is kept there and could not run them again: could not load .*: it is not signed; wanted .*; its files are as they were$/,
    );
  });

  test("and takes its signature beside that of the new one", async () => {
    const wasm = await guest("counter");
    const signature = await sign(wasm, { key: ours.privateKey, detached: true });
    const kept = await left(wasm, { trust: trust(), signature });
    const store = () => directoryStore(kept);
    expect((await failure(load(Counter, second, { trust: trust(), store: store() }))).code).toBe("untrusted");
    await using plugin = await load(Counter, second, { trust: trust(), signature, store: store() });
    expect(await plugin.call.value()).toBe(3);
  });
});

describe("trust", () => {
  test.each([
    [7, "trust: found number 7, wanted an object with keys, or undefined"],
    [null, "trust: found null, wanted an object with keys, or undefined"],
    [{}, "trust.keys: found undefined, wanted a list of public keys, or a function"],
    [
      { keys: "abc" },
      "trust.keys: found a text of 3 characters, wanted a list of public keys, or a function",
    ],
    [{ keys: [] }, "trust.keys: found an array of 0, wanted a list of 1 to 64 public keys"],
    [{ keys: ["x"], need: 1 }, 'trust: found string "need", wanted keys, require and nothing else'],
    [
      { keys: ["x"], require: 0 },
      'trust.require: found number 0, wanted a number of keys from 1 up, or "all"',
    ],
    [
      { keys: ["x"], require: "some" },
      'trust.require: found string "some", wanted a number of keys from 1 up, or "all"',
    ],
    [{ keys: () => "x" }, "trust.keys: found a text of 1 characters, wanted a list of 1 to 64 public keys"],
  ])("is not %o", async (given, message) => {
    expect(await refused(loaded({ trust: given as never }))).toBe(`[argument] could not use ${message}`);
  });
});
