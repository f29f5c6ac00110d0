/** Signatures: those of wasmsign2 count, and nothing else does. */
import { describe, expect, test } from "vitest";
import { withSignatures, writeSignatures } from "../../abi/wasm/signatures.ts";
import { sign, signaturesIn, verify } from "../../host/trust/mod.ts";
import { guest, refused, withSection } from "../faults/guest.ts";
import { DETACHED, ONE, signed, TWO } from "./vectors.ts";

const keys = [ONE.public];
const both = [ONE.public, TWO.public];
const by = async (module: Uint8Array, of: readonly Uint8Array[], signature?: Uint8Array) =>
  (await verify(module, { keys: of, ...(signature && { signature }) })).map(({ keyId }) => keyId);

describe("what wasmsign2 has signed", () => {
  test.each(["named", "anonymous", "parted", "both"] as const)("is signed: %s", async (name) => {
    expect(await by(signed(name), keys)).toEqual([ONE.id]);
  });

  test("by two, and by one of two", async () => {
    expect(await by(signed("both"), both)).toEqual([ONE.id, TWO.id]);
    expect(await by(signed("both"), [TWO.public])).toEqual([TWO.id]);
    expect(await by(signed("named"), both)).toEqual([ONE.id]);
    expect(await refused(verify(signed("named"), { keys: both, require: "all" }))).toBe(
      `[untrusted] could not load the module: it is signed by ${ONE.id}; no other key has signed it; wanted a signature of all of it by 2 of the keys ${ONE.id}, ${TWO.id} (the option keys)`,
    );
    expect(await refused(verify(signed("named"), { keys: [TWO.public] }))).toBe(
      `[untrusted] could not load the module: its signatures name the keys ${ONE.id}; wanted a signature of all of it by the key ${TWO.id} (the option keys)`,
    );
  });

  test("in a file of its own", async () => {
    expect(await by(signed("unsigned"), keys, DETACHED)).toEqual([ONE.id]);
    expect(await refused(verify(signed("unsigned"), { keys }))).toBe(
      `[untrusted] could not load the module: it is not signed; wanted a signature of all of it by the key ${ONE.id} (the option keys)`,
    );
  });

  test("in part is not signed, and it is said which part is", async () => {
    const whole = signed("partial").length;
    expect(await refused(verify(signed("partial"), { keys }))).toBe(
      `[untrusted] could not load the module: the key ${ONE.id} signed only a part, up to byte ${whole - 11} of ${whole}; wanted a signature of all of it by the key ${ONE.id} (the option keys)`,
    );
  });

  test("is what sign makes, byte for byte", async () => {
    expect(await sign(signed("unsigned"), { key: ONE.seed })).toEqual(signed("named"));
    expect(await sign(signed("unsigned"), { key: ONE.seed, detached: true })).toEqual(DETACHED);
    expect(await sign(signed("named"), { key: TWO.seed })).toEqual(signed("both"));
    // The same again is the same; the order is that of the signing.
    expect(await sign(signed("named"), { key: ONE.privateKey })).toEqual(signed("named"));
  });
});

describe("a byte that is another", () => {
  /** Every byte of a module, with every bit of some of them and one bit of the others. */
  async function changed(module: Uint8Array, check: (module: Uint8Array) => Promise<unknown>) {
    for (let at = 0; at < module.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const other = module.slice();
        other[at]! ^= mask;
        expect([at, mask, await refused(check(other))]).toEqual([
          at,
          mask,
          expect.stringMatching(
            /^\[(untrusted|bad-signature|not-wasm|component|invalid-module)\] could not load/,
          ),
        ]);
      }
    }
  }

  test("is found wherever it is in a signed module", async () => {
    await changed(signed("named"), (module) => verify(module, { keys }));
  });

  test("and in one with parts", async () => {
    await changed(signed("parted"), (module) => verify(module, { keys }));
  });

  test("and in one that two have signed, also where one is enough", async () => {
    await changed(signed("both"), (module) => verify(module, { keys: both, require: "all" }));
  });

  test("and beside a signature of its own, in the module and in the signature", async () => {
    await changed(signed("unsigned"), (module) => verify(module, { keys, signature: DETACHED }));
    await changed(DETACHED, (signature) => verify(signed("unsigned"), { keys, signature }));
  });

  test("and a byte more or less", async () => {
    const module = await sign(await guest("counter"), { key: ONE.seed });
    for (const other of [
      module.subarray(0, -1),
      Uint8Array.from([...module, 0]),
      withSection(module, "more", Uint8Array.of(1)),
      withSection(module, "signature_delimiter", new Uint8Array(16)),
    ]) {
      expect(await refused(verify(other, { keys }))).toMatch(/^\[(untrusted|invalid-module)\]/);
    }
  });
});

test("a signature that names a key and is another's is refused, though another key has signed", async () => {
  const { hashes, signature } = await made();
  const forged = { keyId: Buffer.from(TWO.id, "hex"), algorithm: 1, bytes: new Uint8Array(64).fill(7) };
  const module = withSignatures(
    signed("unsigned"),
    writeSignatures([{ hashes, signatures: [signature, forged] }]),
  );
  expect(await by(module, keys)).toEqual([ONE.id]);
  expect(await refused(verify(module, { keys: both }))).toBe(
    `[bad-signature] could not load the module: a signature that names the key ${TWO.id} is not of that key: it, or what it is of, was changed`,
  );
});

test("the same signature twice is one signer", async () => {
  const { hashes, signature } = await made();
  const module = withSignatures(
    signed("unsigned"),
    writeSignatures([{ hashes, signatures: [signature, signature] }]),
  );
  expect(await refused(verify(module, { keys: both, require: 2 }))).toContain("no other key has signed it");
  expect(await refused(verify(signed("named"), { keys: [ONE.public, ONE.public], require: 2 }))).toBe(
    "[argument] could not use trust.require: found number 2, wanted at most the number of different keys, which is 1",
  );
});

test("a signature of another module does not count, and neither does one behind the first section", async () => {
  const other = await guest("counter");
  expect(await refused(verify(other, { keys, signature: DETACHED }))).toBe(
    `[untrusted] could not load the module: the signature of the key ${ONE.id} is genuine, but of other bytes: something was changed; wanted a signature of all of it by the key ${ONE.id} (the option keys)`,
  );
  expect(await refused(verify(withSection(signed("unsigned"), "signature", DETACHED), { keys }))).toBe(
    "[bad-signature] could not load the module: its signatures cannot be read: at byte 134: found a section (signature) that is not the first of the module",
  );
});

test("an algorithm that is unknown is nobody's signature, and is shown", async () => {
  const { hashes, signature } = await made();
  const module = withSignatures(
    signed("unsigned"),
    writeSignatures([{ hashes, signatures: [{ ...signature, algorithm: 9 }] }]),
  );
  expect(await refused(verify(module, { keys }))).toMatch(/^\[untrusted\]/);
  expect(signaturesIn(module)).toEqual([{ keyId: ONE.id, algorithm: 9 }]);
  expect(signaturesIn(signed("unsigned"))).toEqual([]);
  expect(signaturesIn(signed("both")).map(({ keyId }) => keyId)).toEqual([ONE.id, TWO.id]);
});

/** A signature of the unsigned module, apart from it. */
async function made() {
  const { readSignatures } = await import("../../abi/wasm/signatures.ts");
  const [set] = readSignatures(DETACHED);
  return { hashes: set!.hashes, signature: set!.signatures[0]! };
}
