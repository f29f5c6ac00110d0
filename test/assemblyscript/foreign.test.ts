/** Modules that AssemblyScript did not make, or made in another way: what fits serves, and what cannot is refused at load. */
import { describe, expect, test } from "vitest";
import wabt from "wabt";
import { z } from "zod";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { DoorOut } from "../../host/grant/door-out.ts";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { MemoryPool } from "../../host/guest/memory-pool.ts";
import { clock, contract, load, log, random } from "../../host/mod.ts";
import { encoded, gc } from "../wasm/encoded.ts";
import { build } from "./build.ts";
import { refusal } from "./refusal.ts";

const abi = assemblyscript();
const Twice = contract("test:foreign/twice@1", { twice: { params: [z.int32()], returns: z.int32() } });
const Text = contract("test:foreign/text@1", { text: { params: [], returns: z.string() } });
const TWICE = '(func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))';
const LOADS =
  '(func (export "twice") (param i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.mul (i32.load (i32.const 8)) (i32.const 2)))';

/** More than the types of wabt know of. */
const MEMORIES: { readonly multi_memory: true; readonly simd?: boolean } = { multi_memory: true };

async function wat(body: string, features = {}): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  return parseWat("foreign.wat", `(module ${body})`, { ...MEMORIES, ...features }).toBinary({}).buffer;
}

describe("a module that takes numbers serves wherever its memory is", () => {
  test.each([
    ["its own, exported", `(memory (export "memory") 1) ${LOADS}`],
    ["its own, hidden", `(memory 1) ${LOADS}`],
    ["its own, under another name", `(memory (export "mem0") 1) ${LOADS}`],
    ["the host's, not exported", `(import "env" "memory" (memory 1)) ${LOADS}`],
    ["the host's, with a bound", `(import "env" "memory" (memory 1 1)) ${LOADS}`],
    ["the host's, of another name", `(import "js" "mem" (memory 1)) ${LOADS}`],
    [
      "the host's, exported under another name",
      `(import "env" "memory" (memory $m 1)) (export "mem" (memory $m)) ${LOADS}`,
    ],
    ["nowhere", TWICE],
  ])("%s", async (_, body) => {
    const plugin = await load(Twice, await wat(body), { abi });
    expect(await plugin.call.twice(21)).toBe(42);
    expect(await plugin.swap(await wat(body))).toMatchObject({ outcome: "swapped" });
    expect(await plugin.call.twice(4)).toBe(8);
    await plugin.close();
  });

  test("two of its own, where the engine knows of such modules", async () => {
    const bytes = await wat(`(memory 1) (memory (export "memory") 1) ${LOADS}`);
    if (!WebAssembly.validate(bytes as BufferSource)) {
      expect(await refusal(load(Twice, bytes, { abi }))).toMatch(/^\[invalid-module\]/);
      return;
    }
    const plugin = await load(Twice, bytes, { abi });
    expect(await plugin.call.twice(21)).toBe(42);
  });

  test.each([
    ["without --exportMemory", ["--noExportMemory"]],
    ["with a memory of the host's", ["--importMemory", "--noExportMemory"]],
  ])("of asc %s", async (_, options) => {
    const bytes = await build(
      "export function twice(x: i32): i32 { return [x, x].reduce((a, b) => a + b, 0); }",
      ...options,
    );
    const plugin = await load(Twice, bytes, { abi });
    expect(await plugin.call.twice(21)).toBe(42);
  });
});

describe("where the memory cannot be reached, what lies in it is refused, and each case is told apart", () => {
  const place =
    "[mismatch] plugin 0.0.0 does not fit the contract test:foreign/text@1: text: result: string lies in memory: ";
  const answer = '(func (export "text") (result i32) i32.const 0)';
  test.each([
    [
      "hidden",
      `(memory 1) ${answer}`,
      "it has no memory that a host could reach; build it without --noExportMemory",
    ],
    ["not there", answer, "it has no memory that a host could reach; build it without --noExportMemory"],
    [
      "under another name",
      `(memory (export "mem\\07") 1) ${answer}`,
      'its memory is exported as "mem\\u{7}", wanted "memory"',
    ],
    [
      "imported alone",
      `(import "env" "memory" (memory 1)) ${answer}`,
      "it imports its memory and does not export it; build it without --noExportMemory",
    ],
  ])("%s", async (_, body, problem) => {
    expect(await refusal(load(Text, await wat(body), { abi }))).toBe(place + problem);
  });

  test("state too", async () => {
    const source = `export const Uint8Array_ID = idof<Uint8Array>();
      export function save(): Uint8Array { return new Uint8Array(1); }
      export function restore(bytes: Uint8Array): void {}
      export function twice(x: i32): i32 { return x; }`;
    expect(await refusal(load(Twice, await build(source, "--noExportMemory"), { abi }))).toBe(
      "[mismatch] could not load bytes: it exports save and restore, so it has state, but it has no memory that a host could reach; build it without --noExportMemory",
    );
  });
});

test("an abort and a log line are read in a memory that is imported alone", async () => {
  const source = `export function twice(x: i32): i32 {
    trace("twice of é", 1, x);
    assert(x < 100, "too much");
    return 2 * x;
  }`;
  const lines: string[] = [];
  const debug = (line: string) => void lines.push(line);
  const grant = [log({ ...console, debug })];
  const plugin = await load(Twice, await build(source, "--importMemory", "--noExportMemory"), { abi, grant });
  expect(await plugin.call.twice(4)).toBe(8);
  expect(lines).toEqual(["twice of é 4"]);
  expect(await refusal(plugin.call.twice(100))).toContain("trapped: too much (plain.ts:3:5)");
});

describe("memories that no host serves are refused before anything runs", () => {
  test.each([
    ["shared", '(memory (export "memory") 1 2 shared)', { threads: true }, "shared"],
    ["of 64 bits", "(memory i64 1)", { memory64: true }, "of 64 bits"],
    ["imported, of 64 bits", '(import "env" "memory" (memory i64 1))', { memory64: true }, "of 64 bits"],
    ["the second one shared", "(memory 1) (memory 1 2 shared)", { threads: true }, "shared"],
  ])("%s", async (_, memory, features, what) => {
    const trap = "(func $main unreachable) (start $main)";
    // An engine that does not know it refuses the module with its own words.
    const message = await refusal(load(Twice, await wat(`${memory} ${TWICE} ${trap}`, features), { abi }));
    expect(message.replace(/^\[invalid-module\] .*not valid WebAssembly.*/s, "not known here")).toBeOneOf([
      `[mismatch] could not load bytes: its memory is ${what}, which hosts do not serve`,
      "not known here",
    ]);
  });

  test("two that it imports", async () => {
    const body = `(import "env" "memory" (memory 1)) (import "env" "more" (memory 1)) ${TWICE}`;
    const message = await refusal(load(Twice, await wat(body), { abi }));
    expect(message.replace(/^\[invalid-module\] .*/s, "not known here")).toBeOneOf([
      "[mismatch] could not load bytes: it imports 2 memories, and a host gives one at most",
      "not known here",
    ]);
  });
});

describe("a function that cannot fit is refused at load, whatever of it is new", () => {
  const unfit = (found: string) =>
    `[mismatch] plugin 0.0.0 does not fit the contract test:foreign/twice@1: twice: wanted (s32) -> s32, which is (i32) -> i32 in core values, found ${found}`;

  test.each([
    [
      "several results",
      '(func (export "twice") (param i32) (result i32 i64) i32.const 1 i64.const 2)',
      "(i32) -> i32, i64",
    ],
    ["a vector", '(func (export "twice") (param v128) (result i32) i32.const 1)', "(v128) -> i32"],
    [
      "a reference",
      '(func (export "twice") (param externref) (result i32) i32.const 1)',
      "(externref) -> i32",
    ],
    ["a function", '(func (export "twice") (param i32) (result funcref) ref.null func)', "(i32) -> funcref"],
  ])("%s", async (_, body, found) => {
    expect(await refusal(load(Twice, await wat(body), { abi }))).toBe(unfit(found));
  });

  // Older engines do not know these, and refuse the module themselves.
  test.each([
    ["a typed reference", [0x60, 1, 0x64, 0, 1, 0x7f], "((ref 0)) -> i32"],
    ["a nullable typed reference", [0x60, 1, 0x63, 0, 1, 0x7f], "((ref null 0)) -> i32"],
    ["an exception", [0x60, 1, 0x69, 1, 0x7f], "(exnref) -> i32"],
    ["a struct in a group of types", [0x60, 1, 0x63, 1, 1, 0x7f], "((ref null 1)) -> i32"],
  ])("%s", async (_, type, found) => {
    const module = gc(type);
    const message = await refusal(load(Twice, module, { abi }));
    expect(WebAssembly.validate(module) ? message : unfit(found)).toBe(unfit(found));
  });

  test("a module with structs in it serves with the functions that take numbers", async () => {
    const module = gc([0x60, 1, 0x7f, 1, 0x7f]);
    if (!WebAssembly.validate(module)) {
      expect(await refusal(load(Twice, module, { abi }))).toMatch(/^\[invalid-module\]/);
      return;
    }
    const plugin = await load(Twice, module, { abi });
    expect(await plugin.call.twice(21)).toBe(42);
  });

  test("a version that serves is not swapped for one that cannot fit", async () => {
    const plugin = await load(Twice, await wat(TWICE), { abi });
    const next = await wat('(func (export "twice") (param i32) (result i32 i32) i32.const 1 i32.const 2)');
    expect(await refusal(plugin.swap(next))).toContain("found (i32) -> i32, i32");
    expect(await plugin.call.twice(3)).toBe(6);
  });

  test("of a compiled module types are not known, and a warning says so", async () => {
    const plugin = await load(Twice, await WebAssembly.compile((await wat(TWICE)) as BufferSource), { abi });
    expect(plugin.warnings).toEqual([
      "plugin 0.0.0 came compiled, so that the types of its functions are not known: one that does not fit traps when it is called (load its bytes)",
      "plugin 0.0.0 exports no save and restore: what it holds does not cross to another version",
    ]);
  });
});

describe("names of exports", () => {
  /** With AssemblyScript's runtime the loader is used. */
  const RUNTIME = '(func (export "__new") (param i32 i32) (result i32) i32.const 0)';

  test.each([
    ...["__getTypeName", "__getStatus", "__getint8array", "__newObject", "getString", "__getArrayViews"],
  ])("that the loader does not know are left alone: %s", async (name) => {
    const body = `${TWICE} ${RUNTIME} (func (export "${name}"))`;
    const plugin = await load(Twice, await wat(body), { abi });
    expect(await plugin.call.twice(2)).toBe(4);
  });

  test.each([
    ...[
      "__getString",
      "memory.grow",
      "memory.size",
      "table.get",
      "constructor#toString",
      "__proto__.x",
      "f.name",
    ],
  ])("are of no matter where there are no objects, and so no loader: %s", async (name) => {
    const body = `${TWICE} (func (export "${name}")) (func (export "f"))`;
    const plugin = await load(Twice, await wat(body), { abi });
    expect(await plugin.call.twice(2)).toBe(4);
    expect(Object.prototype.toString.call([])).toBe("[object Array]");
  });

  test.each(["__getString", "__newArray", "__getUint8ArrayView", "__getUint64Array", "__getFunction"])(
    "that the loader has for itself are refused: %s",
    async (name) => {
      const body = `${TWICE} ${RUNTIME} (func (export "${name}"))`;
      expect(await refusal(load(Twice, await wat(body), { abi }))).toBe(
        `[invalid-module] could not load bytes: it exports "${name}", which AssemblyScript's loader has for a function of its own`,
      );
    },
  );

  test("the loader has no others", async () => {
    const bytes = await build("export function twice(x: i32): i32 { return 2 * x; }");
    const { instantiateSync } = await import("@assemblyscript/loader");
    const env = { abort: () => {}, trace: () => {}, seed: () => 0 };
    const { exports } = instantiateSync(bytes, { env });
    const own = Object.keys(exports).filter((name) => name.startsWith("__get") || /^__new./.test(name));
    expect(own.length).toBeGreaterThan(25);
    for (const name of own) {
      const body = `${TWICE} ${RUNTIME} (func (export "${name}"))`;
      const message = await refusal(load(Twice, await wat(body), { abi }));
      expect(message).toContain(`it exports "${name}", which AssemblyScript's loader has`);
    }
  });
});

describe("a module that holds something, and has no hooks for it, says so", () => {
  const holds = "plugin 0.0.0 exports no save and restore: what it holds does not cross to another version";
  test.each([
    ["a memory", `(memory 1) ${TWICE}`, [holds]],
    ["a mutable global", `(global (mut i32) (i32.const 0)) ${TWICE}`, [holds]],
    ["nothing", `(global i32 (i32.const 0)) ${TWICE}`, []],
  ])("%s", async (_, body, warnings) => {
    const plugin = await load(Twice, await wat(body), { abi });
    expect(plugin.warnings).toEqual(warnings);
    await plugin.swap(await wat(body));
    expect(plugin.warnings).toEqual(warnings);
  });

  test.each([
    ["that draw", '(func (export "save")) (func (export "restore"))'],
    [
      "of numbers",
      '(func (export "save") (param i32) (result i32) i32.const 0) (func (export "restore") (param i64))',
    ],
  ])("save and restore %s are no hooks", async (_, hooks) => {
    const plugin = await load(Twice, await wat(`(memory 1) ${TWICE} ${hooks}`), { abi });
    expect(plugin.warnings).toEqual([holds]);
  });
});

describe("a start section that fails is no flaw of the module's form", () => {
  test("a trap", async () => {
    const message = await refusal(
      load(Twice, await wat(`${TWICE} (func $main unreachable) (start $main)`), { abi }),
    );
    expect(message).toMatch(
      /^\[failed-start\] could not load plugin 0\.0\.0: its start section, which runs when it is instantiated, failed: /,
    );
  });

  test("data that does not fit is one", async () => {
    const message = await refusal(
      load(Twice, await wat(`(memory 1) (data (i32.const 65536) "a") ${TWICE}`), { abi }),
    );
    expect(message).toMatch(/^\[invalid-module\] /);
  });
});

test("what a module looks like stands behind what it asks for", async () => {
  const body = `(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1) ${TWICE}`;
  expect(await refusal(load(Twice, await wat(body), { abi }))).toBe(
    "[missing-grant] could not load plugin 0.0.0: it asks for what it was not granted: wasi_snapshot_preview1.fd_write (function); it looks like a WASI program (it imports wasi_snapshot_preview1.fd_write): it needs an operating system, which no grant provides: build it for wasm32-unknown-unknown, or without WASI",
  );
});

test.each([
  ["trace", "(param i32)"],
  ["trace", "(param i32 i32 f64 f64 f64 f64 f64) (result i32)"],
  ["seed", "(result i64)"],
  ["console.log", "(param i32 i32)"],
  ["Date.now", "(param f64)"],
])("another host's env.%s %s is not AssemblyScript's, and no grant serves it", async (name, type) => {
  const grant = [log(console), ...clock(), random()];
  const body = `(import "env" "${name}" (func ${type})) (memory (export "memory") 1) ${TWICE}`;
  expect(await refusal(load(Twice, await wat(body), { abi, grant }))).toBe(
    `[missing-grant] could not load plugin 0.0.0: it asks for what it was not granted: env.${name} (function)`,
  );
});

test("names of imports are printable in messages", async () => {
  const body = `(import "a\\0d\\0ab" "\\1b]0;title\\07" (func)) ${TWICE}`;
  expect(await refusal(load(Twice, await wat(body), { abi }))).toBe(
    "[missing-grant] could not load plugin 0.0.0: it asks for what it was not granted: a\\r\\nb.\\u{1b}]0;title\\u{7} (function)",
  );
});

test("a memory of 4 GiB has 65,536 pages", async () => {
  const bytes = await wat(`(memory (export "memory") 65536) ${TWICE}`);
  const code = await WebAssembly.compile(bytes as BufferSource);
  const described = await abi.describe({ code, binary: new WasmBinary(bytes), from: "bytes" });
  const host = {
    asynchronous: false,
    imports: () => ({}),
    granted: () => () => undefined,
    out: new DoorOut(),
  };
  const instance = described.instantiate(host, { memories: new MemoryPool() });
  expect(instance.pages()).toBe(65_536);
  expect(() => instance.become(instance)).toThrow(TypeError);
});

test("what an engine takes and the reader does not is refused", async () => {
  const sections = Array.from({ length: 10_001 }, () => [0, [1, 0x78]] as const);
  const bytes = Uint8Array.from([...(await wat(TWICE)), ...encoded(...sections).subarray(8)]);
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(await refusal(load(Twice, bytes, { abi }))).toMatch(
    /^\[invalid-module\] could not load bytes: its bytes hold what this host cannot read: at byte \d+: found more than 10000 sections$/,
  );
});
