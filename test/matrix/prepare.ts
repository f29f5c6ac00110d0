/** The rows in which a version is refused while it is prepared. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import { contract, load } from "../../host/mod.ts";
import { guest, manifest, wat } from "../faults/guest.ts";
import type { Driver } from "./driver.ts";
import { module } from "./module.ts";
import { Stage } from "./stage.ts";

const narrow = manifest({
  interface: "test:matrix/ledger@1.0.0",
  exports: [{ name: "push", params: [] }],
});

export function prepare(driver: Driver, size: number): void {
  describe("while it is prepared", () => {
    const missing: readonly (readonly [what: string, source: () => unknown, code: string])[] = [
      ["no file is there", () => new URL("no-such.wasm", import.meta.url), "not-found"],
      ["nobody serves the address", () => new URL("http://127.0.0.1:9/x.wasm"), "unavailable"],
      ["the server says that it is gone", () => new Response("", { status: 404 }), "not-found"],
      ["the server is ill", () => new Response("", { status: 503 }), "unavailable"],
      ["it was cut short", async () => (await module("ledger")).slice(0, 1_000), "invalid-module"],
    ];
    test.each(missing)(
      "F1: refused, and told apart from what may come later: %s",
      async (_, source, code) => {
        const stage = await Stage.open(driver, { size });
        const error = await stage.refusedBy(stage.plugin.swap((await source()) as never));
        expect([error.code, error.phase]).toEqual([code, "prepare"]);
        await stage.push();
        await stage.end();
      },
    );

    test("F1: a source that never answers is given up at its deadline", async () => {
      const stage = await Stage.open(driver, { size });
      const never = new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
      const error = await stage.refusedBy(stage.plugin.swap(never, { timeout: 1 }));
      expect(error.code).toBe("deadline");
      await stage.push();
      await stage.end();
    });

    const unfit: readonly (readonly [
      what: string,
      source: () => Promise<Uint8Array>,
      code: string,
      says: string,
    ])[] = [
      ["it is no module", async () => new Uint8Array([1, 2, 3]), "not-wasm", "its 3 bytes do not begin"],
      [
        "it is a component",
        async () => new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0]),
        "component",
        "it is a WebAssembly component",
      ],
      [
        "there is garbage after a good header",
        async () => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 99, 99]),
        "invalid-module",
        "not valid WebAssembly",
      ],
      ["it has no manifest", () => wat("", { manifest: undefined }), "no-manifest", "manifest"],
      [
        "an export is missing",
        () => guest("counter"),
        "mismatch",
        "wanted the interface test:matrix/ledger@1, found test:faults/counter@1.0.0",
      ],
      [
        "an export is of another arity",
        () => wat('(func (export "test:matrix/ledger@1.0.0#push"))', { manifest: narrow }),
        "mismatch",
        "push: wanted (u32) -> u32, found ()",
      ],
    ];
    test.each(unfit)("F2: refused, and both sides are named: %s", async (_, source, code, says) => {
      const stage = await Stage.open(driver, { size });
      const error = await stage.refusedBy(stage.plugin.swap(await source()));
      expect([error.code, error.phase]).toEqual([code, "prepare"]);
      expect(error.message).toContain(says);
      await stage.push();
      await stage.end();
    });

    test("F3: a field of the state was dropped without a word, and the refusal names it", async () => {
      const stage = await Stage.open(driver, { size });
      const error = await stage.refused("lossy");
      expect(error.code).toBe("incompatible-state");
      expect(error.message).toContain("ballast: the new version has no such field");
      await stage.push();
      await stage.end();
    });

    test("F4: a version whose save cannot be undone says so when it is loaded", async () => {
      await using plugin = await load(await unrecoverable());
      expect(plugin.warnings).toEqual([
        "hand 1.0.0 does not export its mutable globals, so it cannot be copied: a save that traps ends it (recoverable: false)",
      ]);
      const stage = await Stage.open(driver, { size });
      expect(stage.plugin.warnings).toEqual([]);
      await stage.end();
    });

    test("F4: a version without a way to take the state over is refused before anything of it runs", async () => {
      const stage = await Stage.open(driver, { size });
      const starts = stage.asked("start");
      const error = await stage.refusedBy(stage.plugin.swap(await wat("", { manifest: await stateless() })));
      expect(error.message).toContain(
        "has state, and ledger 2.0.0 has none to take it over; say reset: true to begin without it",
      );
      expect(stage.asked("start")).toBe(starts);
      await stage.end();
    });

    test("F5: no step leads over, and the refusal shows the step that is missing", async () => {
      const stage = await Stage.open(driver, { size });
      const error = await stage.refused("lossy");
      expect(error.message).toContain("static from(old: LedgerV1): Ledger {");
      await stage.end();
    });

    test("F6: a way back without a step back is refused by name, and the chain goes on", async () => {
      const stage = await Stage.open(driver, { size });
      await stage.swap("migrating", {}, "2.0.0");
      await stage.push();
      const error = await stage.refused("ledger", {}, "1.0.0");
      expect(error.code).toBe("incompatible-state");
      expect(error.message).toContain("no way leads from the state of ledger 2.0.0 to ledger 1.0.0");
      await stage.push();
      await stage.swap("migrating", {}, "3.0.0");
      await stage.end();
    });

    const spoilt: readonly (readonly [what: string, spoil: (whole: Uint8Array) => Uint8Array])[] = [
      ["cut in half", (whole) => whole.slice(0, whole.length >> 1)],
      ["less its last byte", (whole) => whole.slice(0, -1)],
      ["longer by a byte", (whole) => Uint8Array.from([...whole, 0])],
      ["with a bit flipped in the middle", (whole) => flipped(whole, whole.length >> 1)],
      ["with a bit flipped near its end", (whole) => flipped(whole, whole.length - 20)],
      ["with two stretches exchanged", exchanged],
      ["of nothing", () => new Uint8Array(0)],
    ];
    test.each(spoilt)("F20: not taken is a state %s", async (_, spoil) => {
      const stage = await Stage.open(driver, { size });
      const state = spoil(await stage.plugin.snapshot());
      const other = await Stage.open(driver, { size: 1 });
      await expect(other.reopen(state)).rejects.toMatchObject({ code: "bad-snapshot" });
      await stage.push();
      await stage.end();
      await other.end();
    });

    test("F20: the state of another plugin is not taken", async () => {
      const counter = await load(await guest("counter"));
      const stage = await Stage.open(driver, { size });
      const state = await counter.snapshot();
      await expect(stage.reopen(state)).rejects.toMatchObject({ code: "incompatible-state" });
      const hand = await Stage.open(driver, { kind: "by-hand", size });
      await expect(stage.reopen(await hand.plugin.snapshot())).rejects.toMatchObject({
        code: "incompatible-state",
      });
      await stage.push();
      await stage.end();
      await hand.end();
    });

    test("F21: a migration that traps midway, on the twin or in the pause, touches nothing that lives", async () => {
      for (const [nth, phase] of [
        [1, "prepare"],
        [2, "restore"],
      ] as const) {
        const stage = await Stage.open(driver, { size });
        stage.inject("migrate", "trap", nth);
        const error = await stage.refused("migrating");
        expect([error.code, error.phase]).toEqual(["failed-restore", phase]);
        await stage.push();
        const record = await stage.swap("migrating");
        expect(record.steps).toEqual(["LedgerV1", "Ledger"]);
        await stage.push();
        await stage.end();
      }
    });

    test("F22: an effect in start or in a migration is refused, and nothing is done", async () => {
      for (const [turn, nth] of [
        ["start", 1],
        ["start", 2],
        ["migrate", 1],
        ["migrate", 2],
        ["check", 1],
        ["restored", 2],
      ] as const) {
        const stage = await Stage.open(driver, { size });
        stage.inject(turn, "act", nth);
        const error = await stage.refused("migrating");
        expect(error.message).toContain("has an effect, which is refused before the cutover");
        expect(stage.acted).toEqual([]);
        await stage.push();
        await stage.end();
      }
    });

    test("F22: what start and restore tell goes out once, after the cutover, and never when it is refused", async () => {
      const stage = await Stage.open(driver, { size });
      stage.inject("start", "tell", 0);
      const told = () => stage.ran.filter(({ n }) => n === 1001).length;
      await stage.refused("ledger", { verify: () => false });
      expect(told()).toBe(0);
      await stage.swap("ledger", { verify: () => expect(told()).toBe(0) });
      expect(told()).toBe(1);
      stage.clear();
      await stage.push();
      await stage.end();
    });

    test("F23: start traps, of the twin or of the one that would serve", async () => {
      for (const nth of [1, 2]) {
        const stage = await Stage.open(driver, { size });
        stage.inject("start", "trap", nth);
        const error = await stage.refused();
        expect([error.code, error.phase]).toEqual(["failed-start", "prepare"]);
        await stage.push();
        await stage.swap();
        await stage.end();
      }
    });

    test("F25: a restore that loses a record is seen by verify", async () => {
      const stage = await Stage.open(driver, { size });
      stage.inject("restored", "wrong", 0);
      const error = await stage.refused("ledger", {
        verify: async (twin) => (await twin.call.history()).length === 3,
      });
      expect([error.code, error.phase]).toEqual(["failed-verify", "verify"]);
      await stage.push();
      await stage.end();
    });

    test("F25: a migration that loses a record is seen by verify", async () => {
      const stage = await Stage.open(driver, { size });
      stage.inject("migrate", "wrong", 0);
      const verify = (twin: { callSync: { history(): readonly number[] } }) =>
        twin.callSync.history().length === 3;
      expect((await stage.refused("migrating", { verify })).code).toBe("failed-verify");
      await stage.push();
      await stage.end();
    });

    test("F25: a restore that exchanges two fields is seen, because what it saves then is not what it was given", async () => {
      await using plugin = await load(Pair, await pair("1.0.0", 64, 65));
      await plugin.call.set(3, 5);
      const before = await plugin.snapshot();
      await expect(plugin.swap(await pair("2.0.0", 65, 64))).rejects.toMatchObject({
        code: "failed-restore",
        phase: "prepare",
        message: expect.stringContaining("2 bytes went in, 2 came out, and byte 0 is the first that differs"),
      });
      expect([plugin.callSync.first(), Buffer.compare(before, await plugin.snapshot())]).toEqual([3, 0]);
      expect(await plugin.swap(await pair("2.0.0", 64, 65))).toMatchObject({ outcome: "swapped" });
      expect(plugin.callSync.first()).toBe(3);
    });

    test("F25: a state that its own version finds wrong is refused, on the twin and in the pause", async () => {
      for (const [nth, phase] of [
        [1, "prepare"],
        [2, "check"],
      ] as const) {
        const stage = await Stage.open(driver, { size });
        stage.inject("check", "wrong", nth);
        const error = await stage.refused();
        expect([error.code, error.phase]).toEqual(["failed-check", phase]);
        expect(error.message).toContain("ledger 2.0.0 finds its state wrong: a record is missing");
        await stage.push();
        await stage.end();
      }
    });
  });
}

function flipped(whole: Uint8Array, at: number): Uint8Array {
  const bytes = whole.slice();
  bytes[at]! ^= 4;
  return bytes;
}

function exchanged(whole: Uint8Array): Uint8Array {
  const [a, b] = [whole.length >> 2, whole.length >> 1];
  return Uint8Array.from([
    ...whole.slice(0, a),
    ...whole.slice(b, b + 64),
    ...whole.slice(a, b),
    ...whole.slice(b + 64),
  ]);
}

/** Has state, and globals that nobody can copy. */
async function unrecoverable(): Promise<Uint8Array> {
  const schema = { type: "record", name: "S", fields: [] };
  const state = { schema, fingerprint: await fingerprint(schema), migrations: [] };
  return wat(
    `(memory (export "memory") 1)
     (func (export "moult:plugin/state@1.0.0#save") (result i32) i32.const 1)
     (func (export "moult:plugin/state@1.0.0#restore") (param i32))`,
    { manifest: manifest({ state }) },
  );
}

/** Everything that the ledger serves, and no state. */
async function stateless() {
  const code = await WebAssembly.compile((await module("ledger")) as Uint8Array<ArrayBuffer>);
  const [section] = WebAssembly.Module.customSections(code, "moult:manifest");
  const { exports } = JSON.parse(new TextDecoder().decode(section));
  return manifest({ name: "ledger", version: "2.0.0", interface: "test:matrix/ledger@1.0.0", exports });
}

const Pair = contract("test:matrix/pair@1", {
  set: { params: [z.uint32(), z.uint32()] },
  first: { params: [], returns: z.uint32() },
});

/** Two numbers up to 63, a byte each in Avro. @param first where a restore finds the first, and `second` the second */
async function pair(version: string, first: number, second: number): Promise<Uint8Array> {
  const fields = ["first", "second"].map((name) => ({ name, type: "int" }));
  const schema = { type: "record", name: "Pair", fields };
  const at = (address: number) => `(i32.shr_u (i32.load8_u (i32.const ${address})) (i32.const 1))`;
  return wat(
    `(import "moult:plugin/state@1.0.0" "write" (func $write (param i32 i32) (result i32)))
     (import "moult:plugin/state@1.0.0" "read" (func $read (param i32 i32) (result i32)))
     (memory (export "memory") 1)
     (global $first (export "moult:global/0") (mut i32) (i32.const 0))
     (global $second (export "moult:global/1") (mut i32) (i32.const 0))
     (func (export "test:matrix/pair@1.0.0#set") (param i32 i32)
       (global.set $first (local.get 0)) (global.set $second (local.get 1)))
     (func (export "test:matrix/pair@1.0.0#first") (result i32) (global.get $first))
     (func (export "moult:plugin/state@1.0.0#save") (result i32)
       (i32.store8 (i32.const 64) (i32.shl (global.get $first) (i32.const 1)))
       (i32.store8 (i32.const 65) (i32.shl (global.get $second) (i32.const 1)))
       (call $write (i32.const 64) (i32.const 2)))
     (func (export "moult:plugin/state@1.0.0#restore") (param i32)
       (drop (call $read (i32.const 64) (i32.const 2)))
       (global.set $first ${at(first)}) (global.set $second ${at(second)}))`,
    {
      manifest: manifest({
        version,
        interface: "test:matrix/pair@1.0.0",
        exports: [
          {
            name: "set",
            params: [
              { name: "first", type: "u32" },
              { name: "second", type: "u32" },
            ],
          },
          { name: "first", params: [], result: "u32" },
        ],
        globals: 2,
        state: { schema, fingerprint: await fingerprint(schema), migrations: [] },
      }),
    },
  );
}
