/** What the ABI forbids and a module's bytes show: refused before anything of it runs, at load as in a swap. */
import { describe, expect, it } from "vitest";
import { WasmBinary } from "../../../abi/wasm/binary.ts";
import { lint } from "../../../host/dev/check/lint.ts";
import { ruleProblem } from "../../../host/guest/v1/rules.ts";
import { examine, load } from "../../../host/mod.ts";
import { manifest, refused, wat, withSection } from "../../faults/guest.ts";
import { encoded, name } from "../../wasm/encoded.ts";

const MEMORY = '(memory (export "memory") 1)';
const could = "[mismatch] could not load hand 1.0.0: ";
const global = (i: number, index: number | string) => `(export "moult:global/${i}" (global ${index}))`;
const COUNTER = "(global (mut i32) (i32.const 0))";

const RULES: readonly (readonly [
  what: string,
  fields: string,
  globals: number | undefined,
  problem: string,
])[] = [
  [
    "a start section",
    `${MEMORY} (func $main) (start $main)`,
    undefined,
    "it has a start section, which runs when it is instantiated; export _initialize instead",
  ],
  [
    "a start section that is an import",
    `(import "env" "abort" (func $main)) ${MEMORY} (start $main)`,
    undefined,
    "it has a start section, which runs when it is instantiated; export _initialize instead",
  ],
  [
    "a table of the host's references",
    `${MEMORY} (table 1 externref)`,
    undefined,
    "it has a table of externref, which no copy of it would have",
  ],
  [
    "an exported one",
    `${MEMORY} (table (export "kept") 0 10 externref)`,
    0,
    "it has a table of externref, which no copy of it would have",
  ],
  [
    "one beside a table of functions",
    `${MEMORY} (table 1 funcref) (table 1 externref)`,
    0,
    "it has a table of externref, which no copy of it would have",
  ],
  [
    "a global that keeps a reference",
    `${MEMORY} (global (mut externref) (ref.null extern))`,
    undefined,
    "it has a mutable global of externref, which no copy of it would have",
  ],
  [
    "an exported global that keeps a function",
    `${MEMORY} (global $f (mut funcref) (ref.null func)) ${global(0, "$f")}`,
    1,
    "it has a mutable global of funcref, which no copy of it would have",
  ],
  [
    "a hidden mutable global",
    `${MEMORY} ${COUNTER} ${COUNTER} ${global(0, 0)}`,
    1,
    "it has 2 mutable globals and exports 1: a copy would be without the others",
  ],
  [
    "hidden ones where it says that there are none",
    `${MEMORY} ${COUNTER}`,
    0,
    "it has 1 mutable globals and exports 0: a copy would be without the others",
  ],
  [
    "one that is exported, but not counted",
    `${MEMORY} ${COUNTER} ${COUNTER} ${global(0, 0)} ${global(1, 1)}`,
    1,
    "it has 2 mutable globals and exports 1: a copy would be without the others",
  ],
  [
    "one that is exported under a number like one",
    `${MEMORY} ${COUNTER} ${COUNTER} ${global(0, 0)} (export "moult:global/01" (global 1))`,
    2,
    "it has 2 mutable globals and exports 2: a copy would be without the others",
  ],
  [
    "one under two numbers",
    `${MEMORY} ${COUNTER} ${COUNTER} ${global(0, 0)} ${global(1, 0)}`,
    2,
    "it exports one global under two numbers",
  ],
];

describe.each(RULES)("%s", (_, fields, globals, problem) => {
  const module = () => wat(fields, { manifest: manifest({ globals }) });

  it("is refused at load", async () => {
    expect(await refused(load(await module()))).toBe(could + problem);
  });

  it("is refused in a swap, and the incumbent serves on", async () => {
    const plugin = await load(await wat(MEMORY));
    expect(await refused(plugin.swap(await module()))).toContain(problem);
    expect(plugin.generation).toBe(1);
    await plugin.close();
  });

  it("is an error of a check", async () => {
    const examined = await examine(await module());
    expect(examined.problem).toBe(problem);
    const errors = lint(examined).filter(({ level }) => level === "error");
    expect(errors.filter(({ text }) => text === problem)).toHaveLength(1);
  });
});

describe("what the ABI allows", () => {
  it.each([
    ["a table of functions, exported too", `${MEMORY} (table (export "table") 1 2 funcref)`, 0],
    ["constant globals of references", `${MEMORY} (global externref (ref.null extern))`, 0],
    ["all mutable globals exported", `${MEMORY} ${COUNTER} ${COUNTER} ${global(1, 0)} ${global(0, 1)}`, 2],
    ["hidden ones of a module that cannot be copied, and says so", `${MEMORY} ${COUNTER}`, undefined],
  ])("%s", async (_, fields, globals) => {
    const plugin = await load(await wat(fields, { manifest: manifest({ globals }) }));
    await plugin.close();
  });
});

it("a second memory is refused, where the engine knows of such modules", async () => {
  const bytes = withSection(
    encoded(
      [1, [1, 0x60, 0, 0]],
      [3, [1, 0]],
      [5, [2, 0, 1, 0, 1]],
      [7, [2, ...name("memory"), 2, 0, ...name("moult_abi_1"), 0, 0]],
      [10, [1, 2, 0, 0x0b]],
    ),
    "moult:manifest",
    new TextEncoder().encode(JSON.stringify(manifest())),
  );
  // Said of the bytes, whatever the engine says.
  expect(ruleProblem(new WasmBinary(bytes), manifest() as never)).toBe(
    "it has 2 memories, and a copy of it would have the first",
  );
  expect((await refused(load(bytes))).replace(/^\[invalid-module\].*/s, "not known here")).toBeOneOf([
    `${could}it has 2 memories, and a copy of it would have the first`,
    "not known here",
  ]);
});

it("of a module that came compiled only what it does is known", async () => {
  const abort = '(import "env" "abort" (func $abort (param i32 i32 i32 i32)))';
  const main = `(func $main (call $abort ${"(i32.const 0)".repeat(4)})) (start $main)`;
  const code = await WebAssembly.compile((await wat(`${abort} ${MEMORY} ${main}`)) as BufferSource);
  expect(await refused(load(code))).toBe(
    "[invalid-module] hand 1.0.0: could not be instantiated: it called out while it was instantiated, when its memory cannot be read; export _initialize, and have no start section",
  );
});
