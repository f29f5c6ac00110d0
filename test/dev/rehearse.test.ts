import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DriveError } from "../../host/dev/check/drive.ts";
import { heldOutside } from "../../host/dev/check/held.ts";
import { rehearsalGrants } from "../../host/dev/check/rehearsal-grants.ts";
import { type Rehearsal, type RehearseOptions, rehearse } from "../../host/dev/check/rehearse.ts";
import { rehearseApart } from "../../host/dev/check/rehearse-apart.ts";
import { contract, load } from "../../host/mod.ts";
import { Counter, guest, manifest, wat } from "../faults/guest.ts";
import { metrics } from "../faults/metrics.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";

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
/** Of the three answers that the drive gets. */
const SAME = [
  "answers: swapped for itself, counter 1.0.0 answers 3 calls as before",
  "answers: counter 2.0.0 answers 3 calls as counter 1.0.0 does",
  "answers: swapped for itself, counter 2.0.0 answers 3 calls as before",
];
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
      ...SAME,
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
      ...SAME,
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
      "! answers: no answers were compared: hand 1.0.0 does not export its mutable globals, so it cannot be copied",
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
    // What both have is asked of both all the same.
    expect(told(found).slice(-4)).toEqual([
      "! swap: the swap itself was left out: hosts would refuse it",
      ...SAME,
    ]);
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

const held = versions(new URL("../guests/answers/", import.meta.url));
const answers = (found: Rehearsal) => told(found).filter((line) => /^([!x] )?answers: /.test(line));

describe("what is held outside of the state", () => {
  it("fails the rehearsal, with the first call that was answered otherwise", async () => {
    const one = await held("module-variable");
    const found = await rehearse(one, one, {
      drive: [
        ["hit", "a"],
        ["hit", "b"],
      ],
    });
    expect(answers(found)).toEqual([
      "x answers: swapped for itself, counter 1.0.0 answers otherwise, so it holds something outside of its state: counter, seen (module-variable.ts) may be why",
      'x answers: hit("a") is 1, and was 5',
    ]);
    expect(found.ok).toBe(false);
    expect(found.answers?.old?.differing).toMatchObject([{ name: "hit", times: 2 }]);
  });

  it("is found with calls that are made up, and where the old version begins from a snapshot", async () => {
    const one = await held("copied-array");
    const made = await rehearse(one, one);
    expect(answers(made)[1]).toMatch(/^x answers: largest\(\) is 0, and was \d+$/);
    await using plugin = await load(one);
    await plugin.call.add!(3 as never);
    const state = await plugin.snapshot();
    expect(answers(await rehearse(one, one, { state }))[0]).toMatch(/^x answers: swapped for itself/);
  });

  it("is told of each of two versions, and what both have wrong is not told as a difference between them", async () => {
    const [one, other] = [await held("static-counter"), await held("cached")];
    const found = await rehearse(one, other, { drive: [["hit"], ["hits"]], swap: false });
    expect(answers(found)[0]).toContain(
      "x answers: swapped for itself, the old counter 1.0.0 answers otherwise",
    );
    const same = await build(new URL("../guests/answers/static-counter.ts", import.meta.url), {
      optimize: "debug",
      version: "1.0.1",
    });
    expect(answers(await rehearse(one, same.wasm, { drive: [["hit"], ["hits"]] }))).toEqual([
      "x answers: swapped for itself, counter 1.0.0 answers otherwise, so it holds something outside of its state: Stats.hits (static-counter.ts) may be why",
      "x answers: hit() is 1n, and was 3n",
      "x answers: hits() is 1n, and was 3n",
      "x answers: swapped for itself, counter 1.0.1 answers otherwise, so it holds something outside of its state: Stats.hits (static-counter.ts) may be why",
      "x answers: hit() is 1n, and was 2n",
      "x answers: hits() is 1n, and was 2n",
    ]);
  });

  it("is no failure where a hook changes the state on purpose", async () => {
    const one = await held("remembers");
    const found = await rehearse(one, one);
    expect(found.ok).toBe(true);
    expect(answers(found)).toEqual([
      "! answers: swapped for itself, counter 1.0.0 answers otherwise; its onRestore may be why, or what it holds outside of its state",
      "! answers: restores() is 1, and was 0",
      "! answers: after these calls its state is { restores: 1 }, and was { restores: 0 }",
    ]);
  });

  it("is named where the module lists its variables, and is meant where they are transient", () => {
    const itself = {
      calls: 1,
      leftOut: [],
      differing: [{ name: "f", call: "f()", was: "2", is: "1", times: 1 }],
    };
    const counter = { name: "counter", file: "plugin.ts" };
    const seen = { name: "seen", file: "pages.ts", transient: false };
    const why = (variables: unknown) => heldOutside(itself, { variables } as never, false)!;
    expect(why([counter, seen])).toEqual({
      why: ", so it holds something outside of its state: counter (plugin.ts); seen (pages.ts) may be why",
      lines: ["f() is 1, and was 2"],
      meant: false,
    });
    expect(why([{ ...counter, transient: true }, seen]).why).toContain(": seen (pages.ts) may be why");
    expect(why([{ ...counter, transient: true }])).toMatchObject({
      why: ": counter (plugin.ts) is @transient, so that is meant",
      meant: true,
    });
    for (const none of [undefined, []]) {
      expect(why(none).why).toBe(", so it holds something outside of its state");
    }
    expect(heldOutside({ ...itself, differing: [] }, { variables: [counter] } as never, false)).toBe(
      undefined,
    );
    const many = Array.from({ length: 12 }, (_, i) => ({ name: `v${i}`, file: "a.ts" }));
    expect(why(many).why).toContain("v0, v1, v2, v3, v4, v5, v6, v7 (a.ts) and 4 more may be why");
  });
});

describe("what a new version answers otherwise", () => {
  const drive = [["add", 2], ["total"]] as const;
  it("is listed, and left to its author", async () => {
    const found = await rehearse(await held("total"), await held("twice"), { drive });
    expect(answers(found)).toEqual([
      "answers: swapped for itself, the old counter 1.0.0 answers 2 calls as before",
      "! answers: the new counter 1.0.0 answers otherwise than the old counter 1.0.0; whether that is meant only you can say",
      "! answers: total() is 14, and was 6",
      "! answers: after these calls its state is { total: 7 }, and was { total: 6 }",
      "answers: swapped for itself, the new counter 1.0.0 answers 2 calls as before",
    ]);
    expect(found.ok).toBe(true);
  });

  it("is not told of what the old version does not even keep for itself", async () => {
    const found = await rehearse(await held("cached"), await held("total"), {
      drive: [["total"], ["add", 2]],
    });
    expect(answers(found)).toEqual([
      "x answers: swapped for itself, the old counter 1.0.0 answers otherwise, so it holds something outside of its state: cached (cached.ts) may be why",
      "x answers: total() is 4, and was 0",
      "answers: swapped for itself, the new counter 1.0.0 answers 2 calls as before",
    ]);
  });

  it("does nothing in the world: effects are done by the drive alone", async () => {
    const done: number[] = [];
    const grant = [metrics({ act: (n) => done.push(n) })];
    const [one, other] = [await guest("granted"), await guest("granted", "2.0.0")];
    const found = await rehearse(one, other, { drive: [["act", 7], ["value"]], grant });
    expect(done).toEqual([7]);
    expect(found.ok).toBe(true);
    expect(told(found).filter((line) => line.includes("act"))).toEqual([
      expect.stringMatching(/^! answers: act could not be compared: .*#act has an effect/),
    ]);
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
      answers: undefined,
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
