import { describe, expect, it, test } from "vitest";
import { madeUpDrive } from "../../../host/dev/check/drive.ts";
import {
  type Answers,
  clock,
  examine,
  type Grant,
  load,
  log,
  type Plugin,
  random,
} from "../../../host/mod.ts";
import { guest } from "../../faults/guest.ts";
import { metrics } from "../../faults/metrics.ts";
import { build } from "../../kept/build.ts";
import { versions } from "../../versions.ts";

const built = versions(new URL("../../guests/answers/", import.meta.url));

type Calls = readonly (readonly [name: string, ...args: unknown[]])[];
interface Case {
  readonly grant?: readonly (Grant | readonly Grant[])[];
  /** Calls of the plugin before. @default none */
  readonly drive?: Calls;
}

/** Loads a guest, drives it, and swaps it for itself in a dry run with these calls. */
async function itself(
  module: Uint8Array,
  calls: Calls,
  { grant = [], drive = [] }: Case = {},
): Promise<Answers> {
  await using plugin = await load(module, { grant });
  await make(plugin, drive);
  const record = await plugin.swap(module, { dryRun: true, answers: calls });
  expect(record.answers?.next).toBe(undefined);
  return record.answers!.itself!;
}

function example(path: string) {
  const module = versions(new URL("../../../wasm-plugins/", import.meta.url));
  return [path, () => module(path)] as const;
}

/** A template of `moult new`, which has no package yet. */
function template(folder: string, name: string) {
  const file = new URL(`../../../host/cli/templates/${folder}/${name}.ts`, import.meta.url);
  const options = { optimize: "debug", name: folder, version: "1.0.0" } as const;
  return [`${folder}/${name}`, async () => (await build(file, options)).wasm] as const;
}

async function make({ call }: Plugin, calls: Calls): Promise<void> {
  for (const [name, ...args] of calls) await call[name]!(...(args as never[])).catch(() => {});
}

describe("what is held outside of the state is found by its answers", () => {
  const cases: readonly (readonly [guest: string, calls: Calls, found: object])[] = [
    [
      "module-variable",
      [["hit", "a"]],
      { differing: [{ name: "hit", call: 'hit("a")', was: "2", is: "1", times: 1 }] },
    ],
    // Parts of the state are filled in place, so what holds them holds what the state does.
    ["held-container", [["put", "a"], ["size"]], { differing: [] }],
    [
      "static-counter",
      [["hits"], ["hit"], ["hit"]],
      {
        differing: [
          { name: "hits", call: "hits()", was: "2n", is: "0n", times: 1 },
          { name: "hit", call: "hit()", was: "3n", is: "1n", times: 2 },
        ],
      },
    ],
    [
      "cached",
      [["total"], ["add", 3]],
      { differing: [{ name: "total", call: "total()", was: "0", is: "3", times: 1 }] },
    ],
    [
      "copied-array",
      [["largest"], ["add", 3]],
      { differing: [{ name: "largest", call: "largest()", was: "3", is: "0", times: 1 }] },
    ],
  ];
  test.each(cases)("%s", async (name, calls, found) => {
    expect(await itself(await built(name), calls)).toEqual({
      calls: calls.length,
      leftOut: [],
      ...found,
    });
  });

  it("also when the calls before were the plugin's own", async () => {
    const found = await itself(await built("static-counter"), [["hits"]], { drive: [["hit"], ["hit"]] });
    expect(found.differing).toMatchObject([{ call: "hits()", was: "2n", is: "0n" }]);
  });

  it("in a large answer at its place, in an err, and in a trap on one side alone", async () => {
    const calls: Calls = [["hold"], ["rows"], ["text"], ["refuse"], ["trap"]];
    const { differing, leftOut } = await itself(await built("big"), calls);
    expect(leftOut).toEqual([{ name: "trap", why: expect.stringContaining("held is 1") }]);
    expect(differing).toEqual([
      { name: "rows", call: "rows()", at: "[4321]", was: '"row 2"', is: '"row 1"', times: 1 },
      { name: "text", call: "text()", at: " from character 3001", was: '"2"', is: '"1"', times: 1 },
      {
        name: "refuse",
        call: "refuse()",
        was: 'the err "refused for the 2th time"',
        is: 'the err "refused for the 1th time"',
        times: 1,
      },
    ]);
  });

  it("in a trap on one side alone, and then goes on without the function", async () => {
    const { differing, leftOut } = await itself(await built("big"), [["trap"], ["hold"], ["refuse"]], {
      drive: [],
    });
    // `trap` traps only once something is held: after `hold` was called, in the copy that made the calls before.
    expect(differing).toMatchObject([
      { call: "trap()", was: expect.stringContaining("a trap: held is 1"), is: "0" },
      { call: "refuse()" },
    ]);
    expect(leftOut).toEqual([]);
  });
});

describe("what is right raises no alarm", () => {
  const grant = [clock(), random(), log({ debug() {}, info() {}, warn() {}, error() {} })];
  const plugins: readonly (readonly [name: string, module: () => Promise<Uint8Array>])[] = [
    ...["counter/v1", "counter/v2", "greeter/v1", "greeter/v2"].map(example),
    ...["v1", "v2", "v3", "live", "combined", "top"].map((name) => example(`log-handler/${name}`)),
    ...["empty", "log-handler"].flatMap((name) => [template(name, "plugin-v1"), template(name, "plugin")]),
    ...["lazy-index", "kinds", "chance"].map((name) => [name, () => built(name)] as const),
  ];
  test.each(plugins)("%s", async (_, module) => {
    const wasm = await module();
    const { manifest } = await examine(wasm);
    for (const seed of [1, 2, 3]) {
      const calls = madeUpDrive(manifest, { seed }) as Calls;
      const found = await itself(wasm, calls, { grant, drive: calls.slice(0, 5) });
      expect(found.differing).toEqual([]);
      expect(found.state).toBe(undefined);
      expect(found.calls).toBeGreaterThan(0);
    }
  });

  it("answers of NaN, of -0, of maps and sets, and errs", async () => {
    const put: Calls = [
      ["put", "a", Number.NaN],
      ["put", "b", 1],
      ["put", "a", 2],
      ["put", "", 3],
    ];
    const calls: Calls = [...put, ["report"], ["tags"], ["first"], ["none"], ["zeros"]];
    expect(await itself(await built("kinds"), calls)).toEqual({ calls: 9, differing: [], leftOut: [] });
  });

  it("clocks and random numbers, which are the same for both sides, but for what is drawn from a seed", async () => {
    const calls: Calls = [["now"], ["draw"], ["last"], ["chance"], ["count"]];
    const found = await itself(await built("chance"), calls, { grant, drive: calls });
    expect(found).toEqual({
      calls: 5,
      differing: [],
      leftOut: [{ name: "chance", why: "it answers differently each time, with what its host answers" }],
    });
  });

  it("an effect, which no copy has: what asks for one is left out", async () => {
    const done: string[] = [];
    const grant = [metrics({ act: (n) => done.push(`act ${n}`), tell: (line) => done.push(line) })];
    const calls: Calls = [["add", 1], ["look"], ["act", 2], ["tell", "x"], ["attempt", 4], ["value"]];
    const found = await itself(await guest("granted"), calls, { grant, drive: [["act", 5]] });
    const why = expect.stringContaining("has an effect, which is refused");
    expect(found).toEqual({ calls: 5, differing: [], leftOut: [{ name: "act", why }] });
    expect(done).toEqual(["act 5"]);
  });
});

describe("the next version", () => {
  it("is asked too, and what it answers otherwise refuses nothing", async () => {
    await using plugin = await load(await guest("counter"));
    await plugin.call.add!(3 as never);
    const before = await plugin.snapshot();
    const next = await guest("trap-in-call", "2.0.0");
    const record = await plugin.swap(next, {
      dryRun: true,
      answers: { value: [[]], add: [[1], [13]] },
    });
    expect(record).toMatchObject({ outcome: "rehearsed" });
    expect(record.answers?.itself).toEqual({ calls: 3, differing: [], leftOut: [] });
    expect(record.answers?.next?.differing.length).toBeGreaterThan(0);
    expect(await plugin.snapshot()).toEqual(before);
    expect(plugin.version).toBe("1.0.0");
  });

  it("is asked with the state that its step made", async () => {
    await using plugin = await load(await guest("counter"));
    await plugin.call.add!(3 as never);
    const { answers } = await plugin.swap(await guest("migration", "2.0.0"), {
      dryRun: true,
      answers: [["add", 1], ["value"]],
    });
    expect(answers?.next).toEqual({ calls: 2, differing: [], leftOut: [] });
  });

  it("with reset begins afresh, so that only it is compared", async () => {
    await using plugin = await load(await guest("counter"));
    await plugin.call.add!(3 as never);
    const { answers } = await plugin.swap(await guest("counter", "2.0.0"), {
      dryRun: true,
      reset: true,
      answers: { value: [[]] },
    });
    expect(answers).toEqual({
      next: {
        calls: 1,
        differing: [{ name: "value", call: "value()", was: "3", is: "0", times: 1 }],
        leftOut: [],
      },
    });
  });
});
