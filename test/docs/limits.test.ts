/** The limits of docs/security.md: each line of its table is gone past, and the default is that of the option. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type LoadOptions, load, PluginError } from "../../host/mod.ts";
import { type Any, assembled, type Bomb, exported, NEIGHBOUR, runs, START } from "../adversary/bomb.ts";
import { ASKING, BOMBS, GRANTS, onProbation } from "../adversary/bombs.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const ROWS = read("docs/security.md")
  .split("## Limits and their defaults")[1]!
  .split("\n## ")[0]!
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| what "))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, what, options, defaults, then]) => ({
    what: what!,
    options: [...options!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!).filter((name) => name !== "log"),
    defaults: defaults!,
    codes: [...then!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code!),
  }));

const loop: Bomb = {
  name: "loop",
  fields: `(memory $m (export "memory") 1) ${exported("run")} (loop $l (br $l)))`,
  ends: /./,
};
const started: Bomb = {
  ...loop,
  fields: `(memory $m (export "memory") 1) ${START} (loop $l (br $l)))`,
  manifest: {},
};
const told: Bomb = {
  ...loop,
  fields: `(memory $m (export "memory") 1) ${exported("run", "(param i32 i32)")})
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))`,
  manifest: runs(undefined, { exports: [{ name: "run", params: [{ name: "a", type: "string" }] }] }),
};
const run = (plugin: Any) => plugin.call.run!("a");
/** The second of two calls at a time waits. */
const both = (plugin: Any) => Promise.all([run(plugin), run(plugin)]);

async function past(
  bomb: Bomb | string,
  options: LoadOptions,
  doing = bombOf(bomb).doing ?? run,
): Promise<unknown> {
  const own = bombOf(bomb);
  const plugin = (await load(await assembled(own), { grant: GRANTS, ...options })) as unknown as Any;
  try {
    return await doing(plugin, own);
  } finally {
    await plugin.close();
  }
}

const bombOf = (bomb: Bomb | string) =>
  typeof bomb === "string" ? BOMBS.find(({ name }) => name === bomb)! : bomb;
const worker = { isolation: "worker" } as const;

/** Goes past a limit, by the name of its option. */
const PAST: Readonly<Record<string, () => Promise<unknown>>> = {
  "limits.deadline": () => past(loop, { ...worker, limits: { deadline: 50 } }),
  "limits.hookDeadline": () => past(started, { ...worker, limits: { hookDeadline: 50 } }),
  "limits.fuel": () => past(loop, { limits: { fuel: 1_000 } }),
  "limits.hookFuel": () => past(started, { limits: { hookFuel: 1_000 } }),
  "limits.memory": () => past("a memory of 4 GiB to begin with", { limits: { memory: 65_536 } }),
  maxSourceBytes: () => past(loop, { maxSourceBytes: 10 }),
  maxValueBytes: () => past("an answer of many bytes", { maxValueBytes: 1_000 }),
  maxStateBytes: () => past("a state of too many bytes", { maxStateBytes: 1_000 }),
  queue: () => past(told, { ...worker, queue: 0 }, both),
  maxWaitingBytes: () => past(told, { ...worker, maxWaitingBytes: 1 }, both),
  maxJournalBytes: () =>
    past(NEIGHBOUR, { maxJournalBytes: 1_000 }, (plugin) => onProbation(plugin, ASKING, {})),
  "probation.journal": () => past("answers that are recorded, within one call", {}),
  "heldPosts.count": () => past("posts before it serves, very many", { heldPosts: { count: 3 } }),
  "heldPosts.bytes": () => past("posts before it serves, of many bytes", { heldPosts: { bytes: 3 } }),
};
/** Those that have tests of their own: of sources that do not arrive, and of the log, which leaves lines out. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  timeout: "test/faults/source.test.ts",
  lineBytes: "test/host/grant/log-lines.test.ts",
  linesPerSecond: "test/host/grant/log-lines.test.ts",
};

describe.each(ROWS)("the limit of $what", ({ options, codes }) => {
  test.each(options)("%s", async (option) => {
    const elsewhere = ELSEWHERE[option];
    if (elsewhere !== undefined) return void expect(read(elsewhere)).toContain(option);
    const error = await PAST[option]!().then(
      (answer) => expect.unreachable(`it answered ${answer}`),
      (error: unknown) => error as Error,
    );
    const [, code] = /^\[([a-z-]+)\]/.exec(error.message)!;
    // Of a hook it is the hook that failed.
    expect(codes.includes(code!) || (option.includes("hook") && code === "failed-start")).toBe(true);
    if (error instanceof PluginError) expect(error.code).toBe(code);
    expect(error.message).toContain(option);
    expect(error.message).toMatch(/\d/);
  });
});

/** What the code says of an option's default, as a number; nothing where it says another thing. */
function declared(option: string): number | undefined {
  const files = ["load-options", "limits", "grant/post-bounds", "grant/log-lines", "journal/bounds"];
  const name = option.split(".").at(-1);
  for (const file of files) {
    const [, found] =
      new RegExp(`@default ([\\d_]+)[^@]*? \\*/\\n  readonly ${name}\\?`).exec(read(`host/${file}.ts`)) ?? [];
    if (found !== undefined) return Number(found.replaceAll("_", ""));
  }
  return undefined;
}

/** `16 KiB` in bytes. */
function amount(text: string): number {
  const [, digits = "", unit] = /^([\d,]+)( KiB| MiB)?/.exec(text) ?? [];
  return Number(digits.replaceAll(",", "")) * (unit === " KiB" ? 1_024 : unit === " MiB" ? 2 ** 20 : 1);
}

test("the defaults are those of the code", () => {
  const numbers = ROWS.flatMap(({ options, defaults }) =>
    options.map((option, i) => ({ option, said: defaults.split("; ")[i]!, found: declared(option) })),
  );
  for (const { option, said, found } of numbers)
    if (found !== undefined) expect([option, amount(said)]).toEqual([option, found]);
  const others = numbers.filter(({ found }) => found === undefined).map(({ option }) => option);
  expect([...new Set(others)].sort()).toEqual(["limits.fuel", "limits.memory", "probation.journal"]);
});

test("the table has a line for each", () => {
  const named = new Set(ROWS.flatMap(({ options }) => options));
  expect([...named].sort()).toEqual([...Object.keys(PAST), ...Object.keys(ELSEWHERE)].sort());
});
