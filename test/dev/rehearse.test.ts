import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DriveError } from "../../host/dev/check/drive.ts";
import { rehearsalGrants } from "../../host/dev/check/rehearsal-grants.ts";
import { type Rehearsal, type RehearseOptions, rehearse } from "../../host/dev/check/rehearse.ts";
import { rehearseApart } from "../../host/dev/check/rehearse-apart.ts";
import { contract, load } from "../../host/mod.ts";
import { Counter, guest, manifest, wat } from "../faults/guest.ts";
import { metrics } from "../faults/metrics.ts";

/** `step: text`, with `!` for notes and `x` for what failed; places in the guests' files are left out. */
function told({ steps }: Rehearsal): string[] {
  const marks = { ok: "", note: "! ", failed: "x " };
  return steps.map(({ name, outcome, text }) =>
    `${marks[outcome]}${name}: ${text}`.replaceAll(/ \((?:\.\.\/|~lib\/)?[\w./~-]+\.ts:\d+:\d+\)/g, ""),
  );
}

const drive = [["add", 2], ["add", 3], ["value"]] as const;
async function upgrade(one: string, other: string, options: RehearseOptions = { drive }) {
  return rehearse(await guest(one), await guest(other, "2.0.0"), options);
}
const UNTIL_RESTORE = [
  "load: counter 1.0.0 starts",
  "drive: counter 1.0.0 answered 3 calls",
  "save: counter 1.0.0 saves 9 bytes, twice the same, and comes back from them",
];

describe("an upgrade that works", () => {
  it("is told step by step, with the record of the dry run", async () => {
    const found = await upgrade("counter", "counter");
    expect(told(found)).toEqual([
      ...UNTIL_RESTORE,
      "restore: counter 2.0.0 takes the state over, and finds it right",
      "round-trip: counter 2.0.0 saves 9 bytes: every old value is in them",
      "swap: a dry run of the swap went through, and nothing of it is left",
    ]);
    expect(found).toMatchObject({ ok: true, seed: undefined, stateBytes: 9 });
    expect(found.record).toMatchObject({
      outcome: "rehearsed",
      stateBytes: 9,
      steps: ["Counter"],
      changes: [],
    });
    expect(Object.keys(found.record!.phases)).toEqual(["prepare", "save", "restore", "check"]);
  });

  it("by a step is held against itself", async () => {
    expect(told(await upgrade("counter", "migration"))).toEqual([
      ...UNTIL_RESTORE,
      "restore: counter 2.0.0 takes the state over, and finds it right",
      "round-trip: counter 2.0.0 saves 8 bytes, made by CounterV1 -> Counter, and comes back from them",
      "swap: a dry run of the swap went through, and nothing of it is left",
    ]);
  });

  it("begins from a snapshot, and then makes no calls of its own", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await plugin.call.add(7);
    const found = await upgrade("counter", "counter", { state: await plugin.snapshot() });
    expect(told(found).slice(0, 2)).toEqual([
      "load: counter 1.0.0 loads from the snapshot",
      "save: counter 1.0.0 saves 6 bytes, twice the same, and comes back from them",
    ]);
    expect(found.ok).toBe(true);
  });

  it("without state is started and swapped", async () => {
    const bare = await wat('(memory (export "memory") 1) (func (export "run"))', {
      manifest: manifest({ exports: [{ name: "run", params: [] }] }),
    });
    expect(told(await rehearse(bare, bare))).toEqual([
      "load: hand 1.0.0 starts",
      "drive: hand 1.0.0 answered 8 made-up calls (seed 1)",
      "restore: another hand 1.0.0 starts; there is no state to take over",
      "swap: a dry run of the swap went through, and nothing of it is left",
    ]);
  });

  it("is made with calls from a seed, the same for the same", async () => {
    const bytes = async (seed: number) => (await upgrade("counter", "counter", { seed })).stateBytes;
    expect(await bytes(1)).toBe(await bytes(1));
    const found = await upgrade("counter", "counter", { seed: 5 });
    expect(found.seed).toBe(5);
    expect(told(found)[1]).toBe("drive: counter 1.0.0 answered 16 made-up calls (seed 5)");
  });

  it("serves the host's own contract, which may want less", async () => {
    const wanted = contract("test:faults/counter@1", { value: { params: [], returns: z.uint32() } });
    expect((await upgrade("counter", "counter", { drive, contract: wanted })).ok).toBe(true);
  });
});

describe("calls that were made up", () => {
  it("may trap: the function is left out, and said", async () => {
    const one = await wat(
      `(memory (export "memory") 1)
       (func (export "bad") unreachable) (func (export "good") (result i32) i32.const 1)`,
      {
        manifest: manifest({
          exports: [
            { name: "bad", params: [] },
            { name: "good", params: [], result: "u32" },
          ],
        }),
      },
    );
    expect(told(await rehearse(one, one)).slice(0, 3)).toEqual([
      "load: hand 1.0.0 starts",
      "drive: hand 1.0.0 answered 8 made-up calls (seed 1)",
      "! drive: left out, because made-up values trap it: bad; a drive of your own can call it",
    ]);
  });

  it("may be answered with an err, which is an answer", async () => {
    const one = await wat(`(memory (export "memory") 1) (func (export "ask") (result i32) i32.const 1)`, {
      manifest: manifest({ exports: [{ name: "ask", params: [], result: { result: {} } }] }),
    });
    expect(told(await rehearse(one, one))[1]).toBe(
      "drive: hand 1.0.0 answered 8 made-up calls, 8 of them with an err (seed 1)",
    );
  });
});

describe("an upgrade that does not work ends where it fails", () => {
  it("when a call of the drive traps", async () => {
    expect(told(await upgrade("trap-in-call", "counter", { drive: [["add", 13]] }))).toEqual([
      "x drive: [trapped] could not call counter.add: version 1.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back",
    ]);
  });

  it("but throws when the drive calls what is not there", async () => {
    await expect(upgrade("counter", "counter", { drive: [["sub", 1]] })).rejects.toThrow(
      new DriveError('there is no function "sub"; there is add, value'),
    );
  });

  it("when the old version does not start", async () => {
    expect(told(await upgrade("trap-in-start", "counter"))).toEqual([
      "x load: [failed-start] counter 1.0.0: its start failed: start broke",
    ]);
  });

  it("when the new version does not start", async () => {
    expect(told(await upgrade("counter", "trap-in-start"))).toEqual([
      ...UNTIL_RESTORE,
      "x restore: [failed-start] counter 2.0.0: its start failed: start broke",
    ]);
  });

  it("when a step traps", async () => {
    expect(told(await upgrade("counter", "migration", { drive: [["add", 13]] }))).toEqual([
      "load: counter 1.0.0 starts",
      "drive: counter 1.0.0 answered 1 call",
      "save: counter 1.0.0 saves 7 bytes, twice the same, and comes back from them",
      "x restore: [failed-restore] counter 2.0.0: its restore failed: 13 does not migrate",
    ]);
  });

  it("when the state has no way", async () => {
    expect(told(await upgrade("counter", "retyped")).at(-1)).toMatch(/^x restore: \[incompatible-state\] /);
  });

  it("when the new version finds the state wrong", async () => {
    expect(told(await upgrade("counter", "complaint")).at(-1)).toBe(
      "x restore: [failed-check] counter 2.0.0 finds its state wrong: 5 is too many",
    );
  });

  it("when callers break", async () => {
    const { steps } = await upgrade("granted", "counter", { drive, grant: [metrics()] });
    expect(steps.at(-1)).toMatchObject({ name: "swap", outcome: "failed" });
    expect(steps.at(-1)!.text).toMatch(
      /^\[mismatch\] could not swap counter 1\.0\.0: .*version 1\.0\.0 still serves$/,
    );
  });

  it("unless the swap is left out", async () => {
    const found = await upgrade("granted", "counter", { drive, grant: [metrics()], swap: false });
    expect(told(found).at(-1)).toBe("! swap: the swap itself was left out: hosts would refuse it");
    expect(found).toMatchObject({ ok: true, record: undefined });
  });
});

/** Guests with state by hand: what they save, and what they do with what they are given. */
describe("state that does not stay what it was", () => {
  const STATE = "moult:plugin/state@1.0.0";
  const hooks = (save: string, restore: string, version = "1.0.0") =>
    wat(
      `(import "${STATE}" "write" (func $write (param i32 i32) (result i32)))
       (import "${STATE}" "read" (func $read (param i32 i32) (result i32)))
       (memory (export "memory") 1)
       (func (export "${STATE}#save") (result i32) ${save} (call $write (i32.const 0) (i32.const 1)))
       (func (export "${STATE}#restore") (param i32) (drop (call $read (i32.const ${restore}) (i32.const 8))))`,
      {
        manifest: manifest({
          version,
          state: {
            schema: "bytes",
            fingerprint: "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa",
            migrations: [],
            opaque: true,
          },
        }),
      },
    );
  const COUNT = "(i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))";

  it("is found when a save changes it", async () => {
    expect(told(await rehearse(await hooks(COUNT, "0"), await hooks("", "0", "2.0.0")))).toEqual([
      "load: hand 1.0.0 starts",
      "drive: hand 1.0.0 answered 0 made-up calls (seed 1)",
      "x save: saved twice, its state differs: a save must not change the state: 1 byte, then 1 byte, and byte 0 is the first that differs",
    ]);
  });

  it("is found when the old version does not take its own", async () => {
    const one = await hooks("(i32.store8 (i32.const 0) (i32.eqz (i32.load8_u (i32.const 16))))", "16");
    expect(told(await rehearse(one, await hooks("", "0", "2.0.0"))).at(-1)).toBe(
      "x save: hand 1.0.0 does not save what it restored: 1 byte, then 1 byte, and byte 0 is the first that differs",
    );
  });

  it("is found when the new version forgets it", async () => {
    const one = await hooks("(i32.store8 (i32.const 0) (i32.const 7))", "0");
    expect(told(await rehearse(one, await hooks("", "16", "2.0.0"))).at(-1)).toBe(
      "x round-trip: hand 2.0.0 does not save what it took over: 1 byte, then 1 byte, and byte 0 is the first that differs",
    );
  });
});

describe("in a thread of its own", () => {
  it("it is the same rehearsal", async () => {
    const [one, other] = [await guest("counter"), await guest("counter", "2.0.0")];
    const options = { drive, contract: Counter };
    const apart = await rehearseApart(one, other, options);
    expect(told(apart)).toEqual(told(await rehearse(one, other, options)));
    expect(apart).toMatchObject({ ok: true, record: { outcome: "rehearsed" } });
  });

  it("a guest that never ends is ended, and named", async () => {
    const one = await wat('(memory (export "memory") 1) (func (export "spin") (loop $l (br $l)))', {
      manifest: manifest({ exports: [{ name: "spin", params: [] }] }),
    });
    expect(await rehearseApart(one, one, { timeout: 5000 })).toEqual({
      ok: false,
      steps: [
        {
          name: "thread",
          outcome: "failed",
          text: "the rehearsal did not end within 5000 ms, in the old version's call 1, spin",
        },
      ],
      seed: undefined,
      stateBytes: 0,
      record: undefined,
    });
  });

  it("it is given up with the caller", async () => {
    const caller = new AbortController();
    const one = await guest("counter");
    const work = rehearseApart(one, one, { signal: caller.signal });
    caller.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    await expect(rehearseApart(one, one, { signal: caller.signal })).rejects.toThrow("enough");
  });
});

it("grants a log that nobody reads, a clock and random numbers that are the same every time", () => {
  const answers = (seed: number) => {
    const grants = rehearsalGrants(["log", "clock", "random"], seed);
    const context = { plugin: "x", signal: new AbortController().signal, callId: () => "" };
    return grants.map((grant) => {
      const made = grant.make(context) as Record<string, (...args: unknown[]) => unknown>;
      return [grant.interface.text, made.now?.(), made.write?.("info", "hello"), made.getRandomU64?.()];
    });
  };
  expect(answers(1)).toEqual(answers(1));
  expect(answers(2)).not.toEqual(answers(1));
  expect(answers(1).map(([name]) => name)).toEqual([
    "moult:log/log@1.0.0",
    "wasi:clocks/wall-clock@0.2",
    "wasi:clocks/monotonic-clock@0.2",
    "wasi:random/random@0.2",
  ]);
});
