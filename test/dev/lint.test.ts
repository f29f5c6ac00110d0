/** Every rule of the lint, by a module that breaks it alone. */
import { describe, expect, it } from "vitest";
import { lint } from "../../host/dev/check/lint.ts";
import { examine } from "../../host/mod.ts";
import { ALLOCATOR, guest, manifest, type WatOptions, wat } from "../faults/guest.ts";
import { versions } from "../versions.ts";

const MEMORY = '(memory (export "memory") 1)';
const LOGS = "a:b/c@1.0.0";
const STATE = "moult:plugin/state@1.0.0";
const state = {
  schema: "bytes",
  fingerprint: "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa",
  migrations: [],
  opaque: true,
};
const SAVING = `(func (export "${STATE}#save") (result i32) i32.const 1) (func (export "${STATE}#restore") (param i32))`;

const run = { name: "run", params: [] };
const one = (parts: object = {}) => manifest({ interface: LOGS, exports: [{ ...run, ...parts }] });
const RUN = `(func (export "${LOGS}#run"))`;

async function found(fields: string, options: WatOptions = { manifest: one() }): Promise<string[]> {
  const module = await wat(fields, options);
  return lint(await examine(module)).map(({ level, text }) => `${level}: ${text}`);
}

describe("a module by the book", () => {
  it("is one of few lines", async () => {
    expect(await found(`${MEMORY} ${RUN}`)).toEqual([]);
  });

  it.each([
    ["log-handler", ["v1", "v2", "v3"]],
    ["counter", ["v1", "v2"]],
    ["greeter", ["v1", "v2"]],
  ])("is each version of the example %s", async (name, all) => {
    const version = versions(new URL(`../../wasm-plugins/${name}/`, import.meta.url));
    for (const each of all) expect(lint(await examine(await version(each)))).toEqual([]);
  });

  it("is one with grants, hooks and types of all kinds", async () => {
    for (const name of ["granted", "hooks", "shapes", "migration"]) {
      expect([name, lint(await examine(await guest(name)))]).toEqual([name, []]);
    }
  });
});

describe("exports", () => {
  const line = { params: [{ name: "line", type: "string" }] };
  it.each<[what: string, fields: string, options: WatOptions, found: string[]]>([
    [
      "a function that is missing",
      MEMORY,
      { manifest: one() },
      [`error: it has no export ${LOGS}#run, which its manifest calls for`],
    ],
    [
      "a function that is none",
      `${MEMORY} (global (export "${LOGS}#run") i32 (i32.const 0))`,
      { manifest: one() },
      [`error: it exports ${LOGS}#run, which is no function`],
    ],
    [
      "other core types, of the same number",
      `${MEMORY} (func (export "${LOGS}#run") (param f32))`,
      { manifest: one({ params: [{ name: "it", type: "u32" }] }) },
      [`error: its export ${LOGS}#run is (f32), and the ABI wants (i32)`],
    ],
    [
      "values that hosts cannot make",
      `${MEMORY} (func (export "${LOGS}#run") (param v128))`,
      { manifest: one({ params: [{ name: "it", type: "u32" }] }) },
      [`error: its export ${LOGS}#run takes or answers values that hosts cannot make`],
    ],
    [
      "a type that the ABI does not have",
      `${MEMORY} (func (export "${LOGS}#run") (result i32) i32.const 0)`,
      { manifest: one({ result: { enum: ["a", "a"] } }) },
      ["error: its function run cannot be called: a type has two cases of the same name: a, a"],
    ],
    [
      "strings without somebody to allocate them",
      `${MEMORY} (func (export "${LOGS}#run") (param i32 i32))`,
      { manifest: one(line) },
      ["error: it has no export cabi_realloc, which its function run calls for"],
    ],
    [
      "too many parameters without somebody to allocate them",
      `${MEMORY} (func (export "${LOGS}#run") (param i32))`,
      {
        manifest: one({ params: [{ name: "it", type: { tuple: Array.from({ length: 17 }, () => "u8") } }] }),
      },
      ["error: it has no export cabi_realloc, which its function run calls for"],
    ],
    [
      "cabi_realloc of other types",
      `${MEMORY} ${RUN} (func (export "cabi_realloc") (param i32) (result i32) i32.const 0)`,
      { manifest: one() },
      ["error: its export cabi_realloc is (i32) -> i32, and the ABI wants (i32, i32, i32, i32) -> i32"],
    ],
    [
      "a post function of other types",
      `${ALLOCATOR} (func (export "${LOGS}#run") (result i32) i32.const 0) (func (export "cabi_post_${LOGS}#run"))`,
      { manifest: one({ result: "string" }) },
      [`error: its export cabi_post_${LOGS}#run is (), and the ABI wants (i32)`],
    ],
    [
      "a post function of nothing, and other strangers",
      `${MEMORY} ${RUN} (func (export "cabi_post_${LOGS}#walk")) (func (export "__new"))`,
      { manifest: one() },
      [`warning: it exports what neither the ABI nor its manifest knows: cabi_post_${LOGS}#walk, __new`],
    ],
    [
      "a hook of other types",
      `${MEMORY} ${RUN} (func (export "_initialize") (result i32) i32.const 0)`,
      { manifest: one() },
      ["error: its export _initialize is () -> i32, and the ABI wants ()"],
    ],
    [
      "hooks of a state that is not there",
      `${MEMORY} ${RUN} (func (export "${STATE}#save") (result i32) i32.const 1)`,
      { manifest: one() },
      [`warning: it exports ${STATE}#save, and its manifest has no state, so no host calls it`],
    ],
    [
      "state without its hooks",
      `${MEMORY} ${RUN}`,
      { manifest: { ...one(), state, globals: 0 } },
      [
        `error: it has no export ${STATE}#save, which its state calls for`,
        `error: it has no export ${STATE}#restore, which its state calls for`,
      ],
    ],
  ])("%s", async (_, fields, options, expected) => {
    expect(await found(fields, options)).toEqual(expected);
  });
});

describe("memory, globals and what runs at once", () => {
  const sized = (memory: object) => ({ manifest: { ...one(), memory } });
  const imports = (limits: string) =>
    `(import "env" "memory" (memory ${limits})) (export "memory" (memory 0)) ${RUN}`;
  it.each<[what: string, fields: string, options: WatOptions, found: string[]]>([
    [
      "a start section",
      `${MEMORY} ${RUN} (func $main) (start $main)`,
      { manifest: one() },
      ["error: it has a start section, which runs when it is instantiated; export _initialize instead"],
    ],
    ["no memory", RUN, { manifest: one() }, ["error: it has no export memory, which the ABI calls for"]],
    [
      "an imported memory that is not exported",
      `(import "env" "memory" (memory 1)) ${RUN}`,
      sized({ initial: 1 }),
      ["warning: it has no export memory, which the ABI calls for; hosts use the one that it imports"],
    ],
    [
      "an imported memory of unknown size",
      imports("1"),
      { manifest: one() },
      ["error: it imports env.memory, and its manifest does not say how large it is"],
    ],
    [
      "an own memory that is said to be imported",
      `${MEMORY} ${RUN}`,
      sized({ initial: 1 }),
      ["error: its manifest says how large an imported memory is, and it imports none"],
    ],
    [
      "too small a memory",
      imports("4"),
      sized({ initial: 1 }),
      ["error: its manifest says 1 page of memory, and it imports 4 pages or more"],
    ],
    [
      "too large a memory",
      imports("1 2"),
      sized({ initial: 1, maximum: 3 }),
      ["error: its manifest says up to 3 pages of memory, and it imports 2 pages at most"],
    ],
    [
      "a memory without a bound",
      imports("1 2"),
      sized({ initial: 1 }),
      ["error: its manifest says any number of pages of memory, and it imports 2 pages at most"],
    ],
    [
      "state that cannot be copied",
      `${MEMORY} ${RUN} ${SAVING}`,
      { manifest: { ...one(), state } },
      ["warning: it does not export its mutable globals, so it cannot be copied: a save that traps ends it"],
    ],
    [
      "a global that is missing",
      `${MEMORY} ${RUN}`,
      { manifest: { ...one(), globals: 1 } },
      ["error: it has no export moult:global/0, and its manifest says that there are 1"],
    ],
    [
      "a global that cannot be set",
      `${MEMORY} ${RUN} (global (export "moult:global/0") i32 (i32.const 0))`,
      { manifest: { ...one(), globals: 1 } },
      ["error: its export moult:global/0 is no global that can be set"],
    ],
    [
      "a global that is not exported",
      `${MEMORY} ${RUN} (global (mut i32) (i32.const 0)) (global (export "moult:global/0") (mut i32) (i32.const 0))`,
      { manifest: { ...one(), globals: 1 } },
      ["error: it has 2 mutable globals and exports 1: a copy would be without the others"],
    ],
    [
      "one global twice",
      `${MEMORY} ${RUN} (global (mut i32) (i32.const 0)) (global $g (mut i32) (i32.const 0))
        (export "moult:global/0" (global $g)) (export "moult:global/1" (global $g))`,
      { manifest: { ...one(), globals: 2 } },
      ["error: it exports one global under two numbers"],
    ],
    [
      "globals that nobody counted",
      `${MEMORY} ${RUN} (global (export "moult:global/0") (mut i32) (i32.const 0))`,
      { manifest: one() },
      ["warning: it exports moult:global/0, and its manifest does not say how many globals there are"],
    ],
    [
      "more globals than were counted",
      `${MEMORY} ${RUN} (global (export "moult:global/0") (mut i32) (i32.const 0))`,
      { manifest: { ...one(), globals: 0 } },
      [
        "error: it has 1 mutable globals and exports 0: a copy would be without the others",
        "warning: it exports 1 globals to be copied, and its manifest says 0",
      ],
    ],
  ])("%s", async (_, fields, options, expected) => {
    expect(await found(fields, options)).toEqual(expected);
  });
});

describe("imports", () => {
  const asks = (type: object = {}) => ({
    manifest: {
      ...one(),
      imports: [{ interface: "x:y/z@1.0.0", functions: [{ name: "get", params: [], ...type }] }],
    },
  });
  const GET = (type = "") => `(import "x:y/z@1.0.0" "get" (func ${type}))`;
  it.each<[what: string, fields: string, options: WatOptions, found: string[]]>([
    ["what the manifest lists", `${GET()} ${MEMORY} ${RUN}`, asks(), []],
    [
      "a stranger",
      `(import "js" "eval" (func)) ${MEMORY} ${RUN}`,
      { manifest: one() },
      ["error: it imports js.eval (function), which neither the ABI provides nor its manifest lists"],
    ],
    [
      "a global",
      `(import "env" "abort" (global i32)) ${MEMORY} ${RUN}`,
      { manifest: one() },
      ["error: it imports env.abort (global), which neither the ABI provides nor its manifest lists"],
    ],
    [
      "abort of other types",
      `(import "env" "abort" (func (param i32))) ${MEMORY} ${RUN}`,
      { manifest: one() },
      ["error: its import env.abort is (i32), and the ABI wants (i32, i32, i32, i32)"],
    ],
    [
      "a granted function of other types",
      `${GET("(param i64)")} ${MEMORY} ${RUN}`,
      asks({ result: "u32" }),
      ["error: its import x:y/z@1.0.0.get is (i64), and the ABI wants () -> i32"],
    ],
    [
      "an answer without somebody to allocate it",
      `${GET("(param i32)")} ${MEMORY} ${RUN}`,
      asks({ result: "string" }),
      ["error: it has no export cabi_realloc, which x:y/z@1.0.0, get calls for"],
    ],
    [
      "a type that the ABI does not have",
      `${GET("(result i32)")} ${MEMORY} ${RUN}`,
      asks({ result: { enum: ["a", "a"] } }),
      ["error: its import x:y/z@1.0.0, get cannot be called: a type has two cases of the same name: a, a"],
    ],
    [
      "a permission that it does not use",
      `${MEMORY} ${RUN}`,
      asks(),
      ["warning: its manifest asks for x:y/z@1.0.0 (get), and it does not import that"],
    ],
  ])("%s", async (_, fields, options, expected) => {
    expect(await found(fields, options)).toEqual(expected);
  });
});

describe("the manifest", () => {
  it.each<[what: string, fields: string, options: WatOptions, found: string[]]>([
    ["no function", MEMORY, { manifest: manifest() }, ["warning: it serves no function"]],
    [
      "no interface",
      `${MEMORY} (func (export "run"))`,
      { manifest: manifest({ exports: [run] }) },
      [
        "warning: its interface has no name, so hosts cannot tell its versions apart (moult.interface in package.json)",
      ],
    ],
    [
      "no version",
      `${MEMORY} ${RUN}`,
      { manifest: { ...one(), version: "0.0.0" } },
      ["warning: its version is 0.0.0, as when no package.json says one"],
    ],
    [
      "a function twice",
      `${MEMORY} ${RUN}`,
      { manifest: { ...one(), exports: [run, run] } },
      ["error: its manifest has two functions of the name run"],
    ],
    [
      "an interface of a version that hosts cannot read",
      `${MEMORY} (func (export "a:b/c@1.0.0-rc.1#run"))`,
      { manifest: { ...one(), interface: "a:b/c@1.0.0-rc.1" } },
      [
        "error: it names the interface a:b/c@1.0.0-rc.1: a version with more than three numbers is not served",
      ],
    ],
  ])("%s", async (_, fields, options, expected) => {
    expect(await found(fields, options)).toEqual(expected);
  });

  it("of thousands of lies is told in a hundred lines", async () => {
    const exports = Array.from({ length: 20_000 }, (_, i) => ({ name: `f${i}`, params: [] }));
    const all = await found(MEMORY, { manifest: manifest({ exports }) });
    expect(all.length).toBe(101);
    expect(all[0]).toBe("error: it has no export f0, which its manifest calls for");
    expect(all[100]).toBe("error: and 19901 more");
  });
});

it("leaves signatures alone where types are not known, and says so", async () => {
  const module = await examine(
    await wat(`${MEMORY} (func (export "${LOGS}#run") (param f32))`, { manifest: one() }),
  );
  expect(lint({ ...module, core: undefined })).toEqual([
    { level: "warning", text: "its core types are not known, so signatures were not checked" },
  ]);
});
