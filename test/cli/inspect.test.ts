import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "moult";
import { AbiError, fingerprint, v1, writeSnapshot } from "moult/abi";
import { expect, it } from "vitest";
import wabt from "wabt";
import { Malformed } from "../../abi/wasm/mod.ts";
import { fileKind } from "../../host/cli/inspected/file-kind.ts";
import { inspectModule } from "../../host/cli/inspected/inspected-module.ts";
import { inspectSnapshot } from "../../host/cli/inspected/inspected-snapshot.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const handler = versions(new URL("../../wasm-plugins/log-handler/", import.meta.url));
const faults = versions(new URL("../guests/faults/", import.meta.url));
const { path: cwd, write } = await folder();
const inspect = (...args: string[]) => command(["inspect", ...args], { cwd });

async function wat(text: string): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  return parseWat("guest.wat", text).toBinary({}).buffer;
}

/** A module of one custom section, or of any bytes behind the header. */
function module(...bytes: number[]): Uint8Array {
  return Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes);
}
function customSection(name: string, contents: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(name);
  const size = [text.length, ...text, ...contents];
  return module(0, ...leb(size.length), ...size);
}
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

it("shows a plugin's manifest, functions, state and sizes", async () => {
  await write("counter.wasm", await counter("v1"));
  const { exit, out, err } = await inspect("counter.wasm");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  const [, head] = /^([\s\S]*)\nSize\n/.exec(out) ?? [];
  expect(head?.replace(/[\d,]+ bytes, [\d,]+ with/, "N bytes, N with").replace(/[0-9a-f]{64}/g, "<64>")).toBe(
    `counter 1.0.0
  file        counter.wasm: N bytes, N with gzip
  made by     assemblyscript 0.28.20
  interface   demo:counter/counter@1.0.0
  ABI         moult 1, strings as utf16
  hooks       none
  copies      can be made of it
  memory      192 KiB to begin with, no maximum of its own, given by the host
  SHA-256     <64>

Functions
  add     (step: u32) -> u32
  value   () -> u32

Permissions: what it can reach when it is granted
  none: it reaches nothing

State
  Counter
    value   u32   = 0
  fingerprint   <64>
`,
  );
  expect(out).toMatch(/\nThe largest of \d+ functions\n/);
  expect(out).toMatch(/\n {2}custom "moult:manifest" +at [\d,]+ +[\d,]+\n/);
});

it("lists what begins anew with every version beside the state, and what its author says is meant to", async () => {
  const held = new URL("../guests/answers/module-variable.ts", import.meta.url);
  const source = (await readFile(held, "utf8")).replace("const seen", "@transient const seen");
  await write("held.ts", source);
  const { wasm } = await build(join(cwd, "held.ts"), { optimize: "debug", sourceMap: false });
  await write("held.wasm", wasm);
  const { out } = await inspect("held.wasm");
  expect(out).toContain(`
Beside the state: begins anew with every version
  counter   held.ts
  seen      held.ts   @transient
`);
  const { plugin } = JSON.parse((await inspect("held.wasm", "--json")).out);
  expect(plugin.variables).toEqual([
    { name: "counter", file: "held.ts" },
    { name: "seen", file: "held.ts", transient: true },
  ]);
});

it("gives the same as JSON, and its parts are the whole file", async () => {
  const bytes = await handler("v3");
  await write("v3.wasm", bytes);
  const { exit, out } = await inspect("v3.wasm", "--json");
  const json = JSON.parse(out);
  expect(exit).toBe(0);
  expect(json).toMatchObject({
    file: "v3.wasm",
    kind: "module",
    bytes: bytes.length,
    problems: [],
    foreign: [],
  });
  expect(json.plugin.functions[0]).toEqual({ name: "handle", type: "(line: string) -> bool" });
  expect(json.plugin.state.migrations.map(({ name }: { name: string }) => name)).toEqual(["TotalsV2"]);
  const sum = json.parts.reduce((all: number, part: { bytes: number }) => all + part.bytes, 0);
  expect(sum).toBe(bytes.length);
  const code = json.sections.find(({ name }: { name: string }) => name === "code");
  const bodies = json.functions.reduce((all: number, { size }: { size: number }) => all + size, 0);
  expect(bodies).toBeGreaterThan(code.size * 0.9);
  expect(bodies).toBeLessThan(code.size);
  expect(json.functions.map(({ name }: { name: string }) => name)).toContain("combined/parse");
});

it("names permissions, and the grant that gives each", async () => {
  await write("grants.wasm", await faults("two-grants"));
  const { out } = await inspect("grants.wasm", "--json");
  expect(JSON.parse(out).plugin.permissions).toEqual([
    {
      interface: "moult:log/log@1.0.0",
      grant: "log",
      functions: [{ name: "write", type: "(level: enum { debug, info, warn, error }, message: string)" }],
    },
    { interface: "test:faults/metrics@1.0.0", functions: [{ name: "look", type: "() -> u32" }] },
    {
      interface: "wasi:random/random@0.2.3",
      grant: "random",
      functions: [{ name: "getRandomU64", type: "() -> u64" }],
    },
  ]);
  const page = (await inspect("grants.wasm")).out;
  expect(page).toContain("  moult:log/log@1.0.0         run it with --grant log\n");
  expect(page).toContain("  test:faults/metrics@1.0.0   a capability of the host's own\n");
});

it("shows a module without a manifest, with core types and foreign imports", async () => {
  await write(
    "plain.wasm",
    await wat(`(module (import "host" "beep" (func (param i32 f64)))
      (memory (export "memory") 1 4) (func (export "twice") (param i32) (result i32) local.get 0))`),
  );
  const { exit, out, err } = await inspect("plain.wasm");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  expect(
    out
      .slice(0, out.indexOf("\nSize\n"))
      .replace(/\d+ with/, "N with")
      .replace(/[0-9a-f]{64}/, "<64>"),
  ).toBe(
    `plain.wasm: a WebAssembly module, no plugin
  file      plain.wasm: 74 bytes, N with gzip
  kind      no manifest of moult
  memory    64 KiB to begin with, at most 256 KiB
  SHA-256   <64>

Exports
  memory   memory     
  twice    function   (i32) -> i32

Imports that are no permissions
  host.beep   function   (i32, f64)
`.replace(/ +$/gm, ""),
  );
});

/** The value beside a label of the page's head. */
const fact = (out: string, label: string) => new RegExp(`^ {2}${label} {2,}(.*)$`, "m").exec(out)?.[1];

it("shows several memories, also the ones that are imported, and what follows them", async () => {
  const memory = (text: string) => [1, text.codePointAt(0)!, 1, 0x6d, 2];
  const imports = [3, ...memory("a"), 0, 1, ...memory("b"), 1, 1, 2, ...memory("c"), 0, 1];
  await write("several.wasm", module(2, imports.length, ...imports));
  const { err, out } = await inspect("several.wasm");
  // Engines that do not know of several memories say so.
  expect(err.replace(/^warning: it is not valid WebAssembly: .*\n$/, "")).toBe("");
  expect(fact(out, "memory 0")).toBe("64 KiB to begin with, no maximum of its own, given by the host");
  expect(fact(out, "memory 1")).toBe("64 KiB to begin with, at most 128 KiB, given by the host");
  expect(out).toMatch(/\n {2}c\.m {3}memory\n/);
  const { memories } = JSON.parse((await inspect("several.wasm", "--json")).out);
  expect(memories).toEqual([
    { initial: 65_536, imported: true },
    { initial: 65_536, maximum: 131_072, imported: true },
    { initial: 65_536, imported: true },
  ]);
});

it.each([
  ["memory64", [5, 1, 4, 2], "128 KiB to begin with, no maximum of its own, addresses of 64 bits"],
  ["shared", [4, 1, 3, 1, 2], "64 KiB to begin with, at most 128 KiB, shared between threads"],
  [
    "small-pages",
    [5, 1, 9, 100, 200, 1, 0],
    "100 bytes to begin with, at most 200 bytes, in pages of 1 byte",
  ],
  ["none", [1, 0], "none"],
])("shows a memory as it is: %s", async (name, [, ...section], said) => {
  await write(`${name}.wasm`, module(5, section.length, ...section));
  expect(fact((await inspect(`${name}.wasm`)).out, "memory")).toBe(said);
});

it("counts the memories that it does not tell one by one", async () => {
  const memories = Array.from({ length: 20 }, () => [0, 1]).flat();
  await write("many.wasm", module(5, memories.length + 1, 20, ...memories));
  const { out } = await inspect("many.wasm");
  expect(out).toContain("and 12 more\n");
  expect(JSON.parse((await inspect("many.wasm", "--json")).out).memories).toHaveLength(20);
});

it("shows types of every sort: references, and what follows a group of types", async () => {
  const types = [
    ...[4, 0x4e, 2, 0x5f, 1, 0x63, 0, 1, 0x60, 1, 0x64, 0, 1, 0x6d],
    ...[0x60, 1, 0x69, 1, 0x70, 0x60, 2, 0x7b, 0x6f, 1, 0x63, 0x6e, 0x60, 0, 2, 0x7f, 0x7e],
  ];
  const exports = ["f", "g", "h", "i"].flatMap((name, i) => [1, name.codePointAt(0)!, 0, i]);
  const parts = [
    ...[
      1,
      types.length,
      ...types,
      3,
      5,
      4,
      1,
      2,
      3,
      4,
      4,
      4,
      1,
      0x70,
      0,
      1,
      6,
      6,
      1,
      0x6f,
      1,
      0xd0,
      0x6f,
      0x0b,
    ],
    ...[7, exports.length + 9, 6, ...exports, 1, 0x74, 1, 0, 1, 0x78, 3, 0],
  ];
  await write("types.wasm", module(...parts));
  const { out } = await inspect("types.wasm");
  const shown = /\nExports\n([\s\S]*?)\n\n/.exec(out)?.[1];
  expect(shown?.replace(/ +$/gm, "")).toBe(
    [
      "  f   function   ((ref 0)) -> eqref",
      "  g   function   (exnref) -> funcref",
      "  h   function   (v128, externref) -> anyref",
      "  i   function   () -> i32, i64",
      "  t   table      funcref",
      "  x   global     mut externref",
    ].join("\n"),
  );
});

it.each([
  [
    "a WASI program",
    '(import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "_start"))',
    "it imports wasi_snapshot_preview1.fd_write",
  ],
  [
    "a WASI program",
    '(import "wasi_unstable" "proc_exit" (func (param i32)))',
    "it imports wasi_unstable.proc_exit",
  ],
  [
    "an Extism plugin",
    '(import "wasi_snapshot_preview1" "fd_write" (func)) (import "extism:host/env" "input_load_u8" (func))',
    "it imports extism:host/env.input_load_u8",
  ],
  ["an Extism plugin", '(import "env" "extism_alloc" (func))', "it imports env.extism_alloc"],
  [
    "a CosmWasm contract",
    '(import "env" "db_read" (func)) (func (export "interface_version_8"))',
    "it exports interface_version_8",
  ],
  [
    "output of wasm-bindgen",
    '(import "__wbindgen_placeholder__" "__wbindgen_throw" (func))',
    "it imports __wbindgen_placeholder__.__wbindgen_throw",
  ],
  ["output of wasm-bindgen", '(import "wbg" "__wbg_log_1" (func))', "it imports wbg.__wbg_log_1"],
  [
    "output of wasm-bindgen",
    '(import "./hello_bg.js" "__wbg_alert_1" (func))',
    "it imports ./hello_bg.js.__wbg_alert_1",
  ],
  [
    "output of Emscripten",
    '(import "env" "invoke_vii" (func)) (import "wasi_snapshot_preview1" "fd_write" (func))',
    "it imports env.invoke_vii",
  ],
  [
    "output of Emscripten",
    '(import "env" "emscripten_resize_heap" (func))',
    "it imports env.emscripten_resize_heap",
  ],
  [
    "a WASM-4 cart",
    '(import "env" "memory" (memory 1 1)) (import "env" "blit" (func)) (func (export "update"))',
    "it imports env.blit",
  ],
  [
    "output of Emscripten",
    '(import "a" "b" (func)) (import "a" "a" (func)) (func (export "c")) (memory (export "d") 1)',
    "it imports a.a",
  ],
  [
    "a module for a dynamic linker",
    '(import "env" "memory" (memory 1)) (import "env" "__memory_base" (global i32))',
    "it imports env.__memory_base",
  ],
  ["a program of Go", '(import "gojs" "runtime.wasmExit" (func))', "it imports gojs.runtime.wasmExit"],
  ["a proxy-wasm filter", '(func (export "proxy_abi_version_0_2_1"))', "it exports proxy_abi_version_0_2_1"],
  [
    "a guest of the Component Model without moult's marker and manifest",
    '(func (export "cabi_realloc"))',
    "it exports cabi_realloc",
  ],
  [
    "a module of AssemblyScript",
    '(import "env" "abort" (func (param i32 i32 i32 i32)))',
    "it imports env.abort",
  ],
])("says what a module looks like, and what would help: %s", async (sort, body, because) => {
  await write("made.wasm", await wat(`(module ${body})`));
  const { exit, out } = await inspect("made.wasm");
  expect(exit).toBe(0);
  expect(out.replace(/\n {15}/g, " ")).toContain(`  looks like   ${sort}: ${because}\n`);
  expect(fact(out, "what helps")).toMatch(/^[a-z].{10,}/);
  const { madeFor } = JSON.parse((await inspect("made.wasm", "--json")).out);
  expect(madeFor).toMatchObject({ looksLike: sort, because });
});

it("says what a module for a linker looks like, and nothing of what is of no known sort", async () => {
  for (const section of ["dylink", "dylink.0"]) {
    await write("side.wasm", customSection(section, new Uint8Array(0)));
    const said = `a module for a dynamic linker: it has the section ${section}`;
    expect(fact((await inspect("side.wasm")).out, "looks like")).toBe(said);
  }
  await write(
    "own.wasm",
    await wat(
      '(module (import "env" "memory" (memory 1)) (func (export "invoke_x")) (func (export "update")))',
    ),
  );
  expect((await inspect("own.wasm")).out).not.toContain("looks like");
  // Names that a game, or anybody, could have: what stands beside them shows it.
  for (const body of ['(import "env" "line" (func))', '(import "a" "a" (func)) (func (export "run"))']) {
    await write("names.wasm", await wat(`(module ${body})`));
    expect((await inspect("names.wasm")).out).not.toContain("looks like");
  }
});

it("warns of what the ABI forbids", async () => {
  const manifest = { name: "hand", version: "1.0.0", strings: "utf8", exports: [], imports: [] };
  const start = await wat(
    '(module (memory (export "memory") 1) (func (export "moult_abi_1")) (func $m) (start $m))',
  );
  const section = customSection(v1.MANIFEST, new TextEncoder().encode(JSON.stringify(manifest))).subarray(8);
  await write("start.wasm", Uint8Array.from([...start, ...section]));
  expect(await inspect("start.wasm")).toMatchObject({
    exit: 1,
    err: "warning: it has a start section, which runs when it is instantiated; export _initialize instead\n",
  });
});

it("tells a module that stock asc made", async () => {
  await write("asc.wasm", await wat('(module (func (export "__new")))'));
  const { out } = await inspect("asc.wasm");
  expect(out).toContain(
    "  looks like   a module of AssemblyScript: it exports __new\n" +
      '  what helps   load it with a contract, and abi: assemblyscript() from "moult/assemblyscript"\n',
  );
});

it("shows a snapshot's values, and cuts what is long with a count", async () => {
  const plugin = await load(await handler("v1"));
  for (let i = 0; i < 30; i++) {
    await plugin.call.handle!(
      ...([`10.0.0.${i} - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5`] as never[]),
    );
  }
  await write("v1.avro", await plugin.snapshot());
  await plugin.close();
  const { exit, out, err } = await inspect("v1.avro");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  expect(out).toMatch(
    /^A snapshot of log-handler 1\.0\.0\n {2}file {10}v1\.avro: [\d,]+ bytes, [\d,]+ of them state\n/,
  );
  expect(out).toContain(
    '    "lines": 30,\n    "malformed": 30,\n    "status": [[200, 30]],\n    "clients": [\n',
  );
  expect(out).toContain("… and 10 more\n");
  const json = JSON.parse((await inspect("v1.avro", "--json")).out);
  expect(json).toMatchObject({ kind: "snapshot", plugin: "log-handler", version: "1.0.0", opaque: false });
  expect(json.state.clients).toHaveLength(30);
  await refusesMutants(await readFile(join(cwd, "v1.avro")));
  expect(json.state).toMatchObject({ lines: 30, status: [[200, 30]] });
});

/** Every change of a snapshot is found, or changes nothing that is shown: the codec's key is not sealed. */
async function refusesMutants(bytes: Uint8Array): Promise<void> {
  const whole = await inspectSnapshot(bytes);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const mutant = Uint8Array.from(bytes);
      mutant[at]! ^= change;
      const found = await inspectSnapshot(mutant).catch((error: unknown) => error);
      if (!(found instanceof AbiError)) expect(found).toEqual(whole);
    }),
    { numRuns: 200 },
  );
}

it("shows no byte of a file raw: neither in tables, nor in values, nor as JSON", async () => {
  const schema = { type: "record", name: "S", fields: [{ name: "text", type: "string" }] };
  const text = "\x1b[2J\u009b31m\u202e";
  const datum = Uint8Array.of(2 * 12, ...new TextEncoder().encode(text));
  expect(datum).toHaveLength(13);
  const saved = {
    schema,
    datum,
    plugin: "evil\x1b[2J",
    version: "1.0.0\u009b",
    fingerprint: await fingerprint(schema),
  };
  await write("evil.avro", await writeSnapshot(saved));
  for (const args of [["evil.avro"], ["evil.avro", "--json"]]) {
    const { exit, out } = await inspect(...args);
    expect(exit).toBe(0);
    expect(out.replace(/\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  expect(JSON.parse((await inspect("evil.avro", "--json")).out).state).toEqual({ text });
  await write("evil.wasm", customSection("\x1b[2Jname\u202e", new Uint8Array(3)));
  const { out } = await inspect("evil.wasm");
  expect(out).toContain('custom "\\u001b[2Jname\\u202e"');
});

it.each([
  ["nothing", [], "it is empty"],
  [
    "text",
    [0x28, 0x6d, 0x6f, 0x64, 0x75, 0x6c, 0x65],
    "it is WebAssembly's text form; make a binary of it first",
  ],
  ["gzip", [0x1f, 0x8b, 8], "it is compressed with gzip; unpack it first"],
  [
    "component",
    [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0],
    "it is a WebAssembly component, which jco and wasmtime run; moult loads core modules, such as the one in it",
  ],
  [
    "later",
    [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0],
    "it is WebAssembly of version 2, which no engine loads; wanted 1",
  ],
  [
    "journal",
    [0x89, 0x4d, 0x4f, 0x55, 0x4c, 0x54, 0x0d, 0x0a],
    "it is the journal of a durable plugin's store, which only its plugin reads",
  ],
  ["other", [1, 2, 3], "it is neither a WebAssembly module nor a snapshot: it begins with 010203"],
])("says what a file is that it cannot show: %s", async (name, bytes, said) => {
  await write(name, Uint8Array.from(bytes));
  expect(await inspect(name)).toEqual({
    exit: 1,
    out: "",
    err: `error: could not inspect ${name}: ${said}\n`,
  });
});

it.each<[string, Uint8Array, string]>([
  ["cut", module(1, 100, 0), "at byte 10: found a section (type) of 100 bytes, but 1 are left"],
  [
    "many",
    module(7, 5, 0xff, 0xff, 0xff, 0xff, 0x0f),
    "at byte 10: found 4294967295 exports; at most 1000000 are read",
  ],
  [
    "wide",
    module(7, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
    "at byte 10: found a number of more than 32 bits",
  ],
  ["section", module(99, 0), "at byte 8: found a section of the unknown kind 99"],
  [
    "name",
    module(0, 4, ...leb(104_857_600)),
    "at byte 10: found a name of 104857600 bytes; at most 100000 are read",
  ],
  ["kind", module(7, 4, 1, 0, 9, 0), "at byte 12: found an import or export of the unknown kind 9"],
])("names the byte where a module is broken: %s", async (name, bytes, said) => {
  await write(name, bytes);
  expect(await inspect(name)).toEqual({
    exit: 1,
    out: "",
    err: `error: could not inspect ${name}: ${said}\n`,
  });
});

it("shows what it can of a module that will not load, and warns", async () => {
  const manifest = new TextEncoder().encode('{"name":"x"}');
  await write("bad.wasm", customSection(v1.MANIFEST, manifest));
  const bad = await inspect("bad.wasm");
  expect(bad.exit).toBe(1);
  expect(bad.out).toMatch(/^bad\.wasm: a WebAssembly module, no plugin\n/);
  expect(bad.err).toMatch(/^warning: the manifest is not as the ABI wants it: /);
  await write("names.wasm", customSection("name", Uint8Array.of(1, 50, 0)));
  expect((await inspect("names.wasm")).err).toBe(
    'warning: its section "name" is damaged: at byte 2: found a part of 50 bytes, but 1 are left of the section\n',
  );
  // A function whose code is no code.
  await write("invalid.wasm", module(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4, 1, 2, 0, 0xff));
  const invalid = await inspect("invalid.wasm");
  expect(invalid.exit).toBe(1);
  expect(invalid.err).toMatch(/^warning: it is not valid WebAssembly: .+\n$/);
});

it("names the byte where a snapshot is broken", async () => {
  await write("cut.avro", Uint8Array.of(0x4f, 0x62, 0x6a, 1, 2));
  expect(await inspect("cut.avro")).toEqual({
    exit: 1,
    out: "",
    err: "error: could not inspect cut.avro: at byte 4 of 5: found a block of 1 items, but 0 bytes are left\n",
  });
});

it("exits with 2 when there is no such file", async () => {
  expect(await inspect("nowhere.wasm")).toEqual({
    exit: 2,
    out: "",
    err: "error: could not read nowhere.wasm: there is no such file\n",
  });
  expect((await inspect()).exit).toBe(2);
});

it("survives modules with bytes changed, cut and doubled: it shows them, or says what is wrong", async () => {
  const bytes = await counter("v1");
  // Not in the code, where a change is for the engine to find, and most bytes lie.
  const change = fc.record({
    at: fc.oneof(fc.nat(bytes.length - 1), fc.nat(700), fc.integer({ min: -4000, max: -1 })),
    byte: fc.nat(255),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.nat(bytes.length),
      async (changes, end) => {
        const mutant = Uint8Array.from(bytes.subarray(0, end % 3 === 0 ? end : bytes.length));
        for (const { at, byte } of changes) {
          const place = (at + bytes.length) % bytes.length;
          if (place >= 8 && place < mutant.length) mutant[place] = byte;
        }
        if (fileKind(mutant) !== "module") return;
        try {
          const module = await inspectModule(mutant);
          expect(module.parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(mutant.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      },
    ),
    { numRuns: 100 },
  );
});

it("shows the steps of classes inside the state", async () => {
  await write(
    "inside.ts",
    `import { state } from "moult/guest";
class PageV1 { hits: u32 = 0; }
class Page { text: string = ""; static from(old: PageV1): Page { return { text: old.hits.toString() }; } }
@state class Site { pages: Map<string, Page> = new Map(); }
state<Site>();
export function go(): void {}
`,
  );
  await write("inside.wasm", (await build(join(cwd, "inside.ts"), { optimize: "debug" })).wasm);
  const page = (await inspect("inside.wasm")).out;
  expect(page).toMatch(/\n {2}steps inside +PageV1 -> Page\n/);
  expect(page).not.toContain("Site -> Site");
  expect(page).toContain("\nOlder state that it takes: Site, with older classes inside\n");
  const { migrations } = JSON.parse((await inspect("inside.wasm", "--json")).out).plugin.state;
  expect(migrations).toMatchObject([{ name: "Site", nested: ["PageV1 -> Page"] }]);
});
