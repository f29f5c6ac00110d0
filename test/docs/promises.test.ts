/** The README's promises, word for word, each with a test that tries to break it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { contract, load, PluginError } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { loadAll } from "../../host/set/mod.ts";
import { newKeys, sign } from "../../host/trust/mod.ts";
import { Adding, Below, guest as dependency } from "../dependency/guest.ts";
import { hammer } from "../dependency/hammer.ts";
import { Counter, guest, wat, withSection } from "../faults/guest.ts";
import { metrics } from "../faults/metrics.ts";
import { type Arrange, deferred, FakePlugin } from "../host/swap/fake.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";

const greeter = versions(new URL("../../wasm-plugins/greeter/", import.meta.url));
const Greeter = contract("demo:greeter/greeter@1", {
  greetAll: {
    params: [
      z.array(z.object({ name: z.string(), title: z.optional(z.string()), age: z.optional(z.uint32()) })),
      z.enum(["formal", "friendly", "short"]),
    ],
    returns: z.array(z.string()),
  },
});

const PROMISES: Readonly<Record<string, () => Promise<void>>> = {
  "A swap happens completely, or not at all.": async () => {
    const { plugin, breakAtTurn } = await moody();
    const before = await plugin.snapshot();
    const refusals: string[] = [];
    // Because of this call the state crosses in the pause.
    const verify = () => void plugin.callSync.add(0);
    for (let turn = 1; plugin.version === "1.0.0"; turn++) {
      breakAtTurn(turn);
      const error = await plugin.swap(await guest("moody", "2.0.0"), { verify }).catch((error) => error);
      if (!(error instanceof PluginError)) break;
      refusals.push(`${error.phase} ${error.code}`);
      breakAtTurn(0);
      expect(await plugin.snapshot()).toEqual(before);
      expect([plugin.version, plugin.callSync.value()]).toEqual(["1.0.0", 70_000]);
    }
    expect(new Set(refusals.map((each) => each.split(" ")[0]))).toEqual(
      new Set(["prepare", "save", "restore", "check"]),
    );
    expect([plugin.version, plugin.callSync.value()]).toEqual(["2.0.0", 70_000]);
    await plugin.close();
  },

  "What a plugin keeps crosses, or is refused by its build or its swap, or the build has warned that it begins anew.":
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "moult-kept-"));
      const entry = join(folder, "plugin.ts");
      const made = (more: string, of = "") => {
        const shelf = `${of}class Book { n: u32 = 0; }
@state class Shelf { all: Map<string, Book> = new Map(); best: Book | null = null; }
const all = state<Shelf>().all;
export function put(name: string): void { all.set(name, new Book()); }
export function love(name: string): void { state<Shelf>().best = all.get(name); }
export function read(name: string): u32 { return ++all.get(name).n; }
export function best(): u32 { return state<Shelf>().best!.n; }`;
        writeFileSync(entry, `import { state } from "moult/guest";\n${shelf}\n${more}`);
        return build(entry, { optimize: "debug", sourceMap: false });
      };
      type Shelf = { [name in "put" | "love" | "read" | "best"]: (name?: string) => Promise<number> };
      const { wasm, warnings } = await made("");
      expect(warnings).toEqual([]);
      const plugin = await load(wasm);
      const call = plugin.call as unknown as Shelf;
      await call.put("a");
      await call.read("a");
      await plugin.swap(wasm);
      expect(await call.read("a")).toBe(2);
      await call.love("a");
      await expect(plugin.swap(wasm)).rejects.toThrow(
        /Shelf\.best: .* as Shelf\.all, .*mark class Book @shared/,
      );
      expect([await call.read("a"), await call.best()]).toEqual([3, 3]);
      await plugin.close();
      const shared = (await made("", "@shared ")).wasm;
      const other = await load(shared);
      const calls = other.call as unknown as Shelf;
      await calls.put("a");
      await calls.love("a");
      await other.swap(shared);
      expect([await calls.read("a"), await calls.best()]).toEqual([1, 1]);
      await other.close();
      expect(
        (await made("let counter: u32 = 0;\nexport function count(): u32 { return ++counter; }")).warnings,
      ).toEqual([expect.stringContaining("counter is not in the state: it begins anew with every version")]);
      await expect(made('const first = state<Shelf>().all.get("a");')).rejects.toThrow(
        "first holds Shelf.all[], and it is an element of a map",
      );
      rmSync(folder, { recursive: true });
    },

  "Until the cutover the old version serves; after it no old code answers a call, unless you roll back.":
    async () => {
      const plugin = await load(Greeter, await greeter("v1"));
      const { greetAll } = plugin.call;
      const greet = async () => (await greetAll([{ name: "Ada" }], "friendly"))[0];
      const answers: Promise<string | undefined>[] = [];
      let done = false;
      const swap = plugin.swap(await greeter("v2"), {
        verify: async () => expect(await greet()).toBe("Hello, Ada"),
        probation: {},
      });
      const swapped = swap.then(() => {
        done = true;
      });
      while (!done) {
        answers.push(greet());
        await new Promise((resolve) => setImmediate(resolve));
      }
      await swapped;
      answers.push(greet());
      const said = await Promise.all(answers);
      const cutover = said.indexOf("Hi, Ada");
      expect(said.slice(0, cutover).every((each) => each === "Hello, Ada")).toBe(true);
      expect(said.slice(cutover).every((each) => each === "Hi, Ada")).toBe(true);
      expect(cutover).toBeGreaterThan(0);
      await plugin.rollback();
      expect(await greet()).toBe("Hello, Ada");
      await plugin.close();
    },

  "Accepted calls are never lost and never answered twice: during a swap they wait, in order.": async () => {
    const plugin = await load(Counter, await guest("counter"));
    const answers: Promise<number>[] = [];
    for (let round = 0; round < 20; round++) {
      const swap = plugin.swap(await guest(round % 3 === 2 ? "trap-in-start" : "counter"));
      let over = false;
      const settled = swap
        .catch(() => {})
        .then(() => {
          over = true;
        });
      while (!over) {
        for (let i = 0; i < 5; i++) answers.push(plugin.call.add(1));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await settled;
    }
    expect(await Promise.all(answers)).toEqual(answers.map((_, i) => i + 1));
    expect(plugin.callSync.value()).toBe(answers.length);
    expect(answers.length).toBeGreaterThan(100);
    await plugin.close();

    // Near swaps are over before anybody can wait; one that takes its time shows the waiting.
    const slow = new FakePlugin();
    const [reached, restore] = [deferred(), deferred()];
    const arrange: Arrange = (generation, role) => {
      if (role !== "successor") return;
      generation.steps.restore = () => {
        reached.resolve();
        return restore.promise;
      };
    };
    const swapped = slow.swap("v2", arrange, { verify: () => void slow.call(0) });
    await reached.promise;
    const waiting = [1, 2, 3].map((n) => slow.call(n));
    restore.resolve();
    await swapped;
    expect(await Promise.all(waiting)).toEqual(["1 by v2", "2 by v2", "3 by v2"]);
    expect(slow.current.known).toEqual([0, 1, 2, 3]);
  },

  "A new version may crash while it starts, restores or is verified, and the old one while it saves: the old one serves on.":
    async () => {
      const plugin = await load(Counter, await guest("counter"));
      plugin.callSync.add(5);
      for (const [name, code, phase] of [
        ["trap-in-start", "failed-start", "prepare"],
        ["trap-in-on-restore", "failed-restore", "prepare"],
        ["trap-in-call", "failed-verify", "verify"],
      ] as const) {
        const swap = plugin.swap(await guest(name, "2.0.0"), { verify: (twin) => twin.call.add(13) });
        await expect(swap).rejects.toMatchObject({ code, phase });
        expect(plugin.callSync.add(1)).toBe(plugin.callSync.value());
      }
      expect(plugin.callSync.value()).toBe(8);
      await plugin.close();

      const { plugin: saving, breakAtTurn } = await moody();
      breakAtTurn(1);
      await expect(saving.swap(await guest("moody", "2.0.0"))).rejects.toMatchObject({ code: "failed-save" });
      expect(saving.callSync.add(1)).toBe(70_001);
      await saving.close();
    },

  "On probation, a new version that traps or errs too often is rolled back by itself, and no acknowledged call is lost.":
    async () => {
      const plugin = await load(Counter, await guest("counter"));
      expect(await plugin.call.add(1)).toBe(1);
      await plugin.swap(await guest("trap-in-call", "2.0.0"), { probation: {} });
      expect(await plugin.call.add(2)).toBe(3);
      expect(plugin.version).toBe("2.0.0");
      // It traps, and the caller does not notice.
      expect(await plugin.call.add(13)).toBe(16);
      expect(plugin.version).toBe("1.0.0");

      const bad = ({ answer }: { answer?: unknown }) => Number(answer) > 20;
      await plugin.swap(await guest("counter", "3.0.0"), {
        probation: { maxErrorRate: 0.5, minCalls: 2, bad },
      });
      for (const sum of [20, 24, 28]) expect(await plugin.call.add(4)).toBe(sum);
      expect([plugin.version, await plugin.call.value()]).toEqual(["1.0.0", 28]);
      expect(plugin.history().map((record) => record.outcome)).toEqual([
        "swapped",
        "rolled-back",
        "swapped",
        "rolled-back",
      ]);
      await plugin.close();
    },

  "A plugin with a store comes back with every acknowledged call, whenever its process was killed.":
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "moult-promise-"));
      const at = (name: string | number) => join(folder, String(name));
      const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
      const store = directoryStore(at("live"), { checkpoint: { calls: 7 } });
      const plugin = await load(await counter("v1"), { store });
      // What a kill leaves behind at this moment: the files, as they are.
      for (let n = 1; n <= 20; n++) {
        await plugin.call.add!(1 as never);
        if (n === 10) await plugin.swap(await counter("v2"));
        cpSync(at("live"), at(n), { recursive: true, filter: (path) => !path.endsWith("LOCK") });
      }
      for (let n = 1; n <= 20; n++) {
        const back = await load(await counter(n < 10 ? "v1" : "v2"), { store: directoryStore(at(n)) });
        expect(await back.call.value!()).toBe(n);
        await back.close();
      }
      await plugin.close();
    },

  "One swap at a time per plugin.": async () => {
    const plugin = await load(Counter, await guest("counter"));
    const next = await guest("counter", "2.0.0");
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => plugin.swap(next)));
    const refused = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
    expect(refused).toEqual(Array(99).fill("busy"));
    expect(plugin.generation).toBe(2);
    await plugin.close();
  },

  "A plugin reaches what you grant it, and nothing else.": async () => {
    await expect(load(await guest("moody"))).rejects.toMatchObject({
      code: "missing-grant",
      message:
        "[missing-grant] could not load counter 1.0.0: it asks for what it was not granted: test:faults/metrics@1.0.0",
    });
    const sly = await wat('(import "env" "fetch" (func)) (import "wasi:cli/exit@0.2.0" "exit" (func))');
    await expect(load(sly, { grant: [metrics()] })).rejects.toMatchObject({
      code: "missing-grant",
      message:
        "[missing-grant] could not load hand 1.0.0: it asks for what it was not granted: env.fetch (function), wasi:cli/exit@0.2.0.exit (function)",
    });
    const { plugin } = await moody();
    await plugin.close();
  },

  "A new version that asks for more than the old one is refused, unless you approve it.": async () => {
    const plugin = await load(Counter, await guest("counter"), { grant: [metrics()] });
    const greedy = await guest("granted", "2.0.0");
    for (const options of [
      {},
      { approve: () => false },
      { dryRun: true },
      { probation: {} },
      { reset: true },
    ]) {
      await expect(plugin.swap(greedy, options)).rejects.toMatchObject({
        code: "asks-more",
        phase: "prepare",
      });
    }
    await plugin.swap(greedy, { approve: ([asked]) => asked?.interface === "test:faults/metrics@1.0.0" });
    expect(plugin.version).toBe("2.0.0");
    await plugin.close();
  },

  "A plugin with `limits` that never ends, or takes all memory, is ended, and nothing that was acknowledged is lost.":
    async () => {
      const { wasm } = await build(new URL("../guests/limits/runaway.ts", import.meta.url));
      const limits = { fuel: 50_000_000, memory: 2 ** 24 };
      const plugin = await load(wasm, { limits, afterTrap: { restart: { limit: 1_000, delay: 0 } } });
      const { arm, spin, keep, copy, armed } = plugin.call;
      for (let n = 1; n <= 20; n++) {
        await arm!(100 + n);
        await expect([spin!, () => keep!(1_000), () => copy!(1e9)][n % 3]!()).rejects.toMatchObject({
          code: n % 3 === 1 ? "trapped" : "out-of-fuel",
        });
        expect(await armed!()).toBe(100 + n);
      }
      await plugin.close();
    },

  "Plugins that call one another are swapped one by one under load; a swap that would break one of them is refused by name.":
    async () => {
      const { calls, rolledBack, refused } = await hammer(20, 60);
      expect([calls > 60, rolledBack > 0, refused > 0]).toEqual([true, true, true]);
      await using set = await loadAll([
        { source: await dependency("base"), contract: Adding },
        { source: await dependency("middle"), contract: Below },
      ]);
      const [base, middle] = set.plugins;
      await expect(base.swap(await dependency("base-narrow", { version: "2.0.0" }))).rejects.toMatchObject({
        code: "broken-dependency",
        message: expect.stringContaining("base 2.0.0 does not serve what middle 1.0.0 uses: sum: "),
      });
      expect([await middle.call.add(1), base.version]).toEqual([1, "1.0.0"]);
    },
  "A plugin with `trust` runs what your keys have signed, and nothing else.": async () => {
    const [ours, theirs] = [await newKeys(), await newKeys()];
    const first = await sign(await guest("counter"), { key: ours.privateKey });
    const plain = await guest("counter", "2.0.0");
    const second = await sign(plain, { key: ours.privateKey });
    const trust = { keys: [ours.publicKey] };
    const plugin = await load(Counter, first, { trust });
    await plugin.call.add(1);
    const forged = [
      plain,
      await sign(plain, { key: theirs.privateKey }),
      withSection(second, "more", new Uint8Array(1)),
    ];
    for (let at = 0; at < second.length; at += 101) {
      const other = second.slice();
      other[at]! ^= 1 << (at % 8);
      forged.push(other);
    }
    for (const module of forged) {
      const ways = [
        () => plugin.swap(module),
        () => plugin.mirror(module),
        () => load(Counter, module, { trust }),
      ];
      for (const way of ways)
        await expect(way()).rejects.toMatchObject({
          code: expect.stringMatching(/^(untrusted|bad-signature|not-wasm|component|invalid-module)$/),
        });
    }
    expect([plugin.version, await plugin.call.value()]).toEqual(["1.0.0", 1]);
    await plugin.swap(second);
    expect([plugin.version, await plugin.call.value()]).toEqual(["2.0.0", 1]);
    await plugin.close();
  },

  'A plugin with `isolation: "worker"` is stopped at its deadline, whatever it does, and nothing that was acknowledged is lost.':
    async () => {
      const { wasm } = await build(new URL("../guests/limits/runaway.ts", import.meta.url));
      const plugin = await load(wasm, {
        isolation: "worker",
        limits: { deadline: 100, hookDeadline: 1_000 },
        afterTrap: { restart: { limit: 1_000, delay: 0 } },
      });
      const { arm, spin, copy, armed } = plugin.call;
      for (let n = 1; n <= 10; n++) {
        await arm!(100 + n);
        const over = expect([spin!, () => copy!(1e9)][n % 2]!()).rejects.toMatchObject({
          code: "out-of-time",
        });
        const behind = armed!();
        await over;
        expect(await behind).toBe(100 + n);
      }
      // A save that never ends refuses a swap, and the version serves on.
      await arm!(1);
      await expect(plugin.swap(wasm)).rejects.toMatchObject({ code: "failed-save" });
      expect(await armed!()).toBe(1);
      await plugin.close();
    },
};

it("are those of the README", () => {
  const page = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const section = /^## Promises\n([\s\S]*?)^## /m.exec(page)?.[1] ?? "";
  expect([...section.matchAll(/^- (.+)$/gm)].map((match) => match[1])).toEqual(Object.keys(PROMISES));
});

for (const [promise, attack] of Object.entries(PROMISES)) it(promise, attack);

/** A plugin that asks its host at every turn of its life whether to break there. */
async function moody() {
  let left = 0;
  const grant = metrics({ look: () => (left > 0 && --left === 0 ? 1 : 0) });
  const plugin = await load(Counter, await guest("moody"), { grant: [grant] });
  await plugin.call.add(70_000);
  const breakAtTurn = (turn: number) => {
    left = turn;
  };
  return { plugin, breakAtTurn };
}
