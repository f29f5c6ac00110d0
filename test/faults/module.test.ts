/** What is no plugin, or says of itself what is not so, is refused before any of it runs. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, load, log, wit } from "../../host/mod.ts";
import { ALLOCATOR, Counter, failure, guest, manifest, refused, said, wat, withSection } from "./guest.ts";

const text = (line: string) => new TextEncoder().encode(line);
const MEMORY = '(memory (export "memory") 1)';

describe("bytes that are no module", () => {
  const rows: readonly (readonly [
    what: string,
    bytes: () => Uint8Array | Promise<Uint8Array>,
    message: string,
  ])[] = [
    [
      "nothing",
      () => new Uint8Array(),
      "[not-wasm] could not load bytes: its 0 bytes do not begin as a WebAssembly module",
    ],
    [
      "a page of HTML",
      () => text("<!doctype html><title>Not found</title>"),
      "[not-wasm] could not load bytes: its 39 bytes do not begin as a WebAssembly module",
    ],
    [
      "a header cut short",
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0),
      "[not-wasm] could not load bytes: its 7 bytes do not begin as a WebAssembly module",
    ],
    [
      "a component",
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0),
      "[component] could not load bytes: it is a WebAssembly component; wanted a core module, which is what engines load",
    ],
    [
      "a module cut short",
      async () => (await guest("counter")).subarray(0, 1000),
      "[invalid-module] could not load bytes: it is not valid WebAssembly: (the engine's words)",
    ],
    [
      "garbage after a good header",
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef),
      "[invalid-module] could not load bytes: it is not valid WebAssembly: (the engine's words)",
    ],
    [
      "a module of a later version of WebAssembly",
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0),
      "[invalid-module] could not load bytes: it is not valid WebAssembly: (the engine's words)",
    ],
  ];

  test.each(rows)("%s", async (_, bytes, message) => {
    const found = await refused(load(Counter, await bytes()));
    expect(found.replace(/(not valid WebAssembly: ).*/, "$1(the engine's words)")).toBe(message);
  });

  test("cut short at any byte, a module is refused with one of two codes", async () => {
    const whole = await wat(`${ALLOCATOR} (func (export "run"))`);
    for (let length = 0; length < whole.length; length++) {
      const { code } = await failure(load(Counter, whole.subarray(0, length)));
      // Where a section ends, what is left is a whole module: without its manifest, or without its marker.
      expect(["not-wasm", "invalid-module", "no-manifest"]).toContain(code);
    }
  });
});

describe("a manifest that is not there, or cannot be used", () => {
  const bad = (problem: string) => `[bad-manifest] could not load bytes: ${problem}`;
  const rows: readonly (readonly [what: string, module: () => Promise<Uint8Array>, message: string])[] = [
    [
      "no marker and no manifest",
      () => wat("", { markers: [], manifest: undefined }),
      '[no-manifest] could not load bytes: it exports no marker moult_abi_1, so it was not built for this loader; build it with moult\'s transform, or load a plain AssemblyScript module with abi: assemblyscript() from "moult/assemblyscript"',
    ],
    [
      "no marker, but what shows what it was made for",
      () =>
        wat('(import "extism:host/env" "length" (func (result i64)))', { markers: [], manifest: undefined }),
      "[no-manifest] could not load bytes: it exports no marker moult_abi_1, so it was not built for this loader; it looks like an Extism plugin (it imports extism:host/env.length): run it with Extism's SDK, or write its functions as a plugin's",
    ],
    [
      "the same of a name that is no text",
      () =>
        wat('(import "wasi_snapshot_preview1" "fd\\0a\\1b[2J" (func))', { markers: [], manifest: undefined }),
      "[no-manifest] could not load bytes: it exports no marker moult_abi_1, so it was not built for this loader; it looks like a WASI program (it imports wasi_snapshot_preview1.fd\\n\\u{1b}[2J): it needs an operating system, which no grant provides: build it for wasm32-unknown-unknown, or without WASI",
    ],
    [
      "a marker alone",
      () => wat("", { manifest: undefined }),
      '[no-manifest] could not load bytes: it has the marker moult_abi_1, but no custom section "moult:manifest"',
    ],
    [
      "a marker of a later version",
      () => wat("", { markers: [2, 7] }),
      "[abi-too-new] could not load bytes: it speaks ABI 2, 7, this host speaks ABI 1; update the host",
    ],
    [
      "a marker of an earlier version",
      () => wat("", { markers: [0] }),
      "[abi-too-old] could not load bytes: it speaks ABI 0, this host speaks ABI 1; rebuild the plugin",
    ],
    [
      "half of a JSON",
      () => wat("", { manifest: '{"name": "ha' }),
      bad("the manifest is not JSON in UTF-8: (the engine's words)"),
    ],
    [
      "JSON that is not UTF-8",
      () => wat("", { manifest: Uint8Array.of(0x22, 0xff, 0x22) }),
      bad("the manifest is not JSON in UTF-8: (the engine's words)"),
    ],
    [
      "two manifests",
      async () => withSection(await wat(""), "moult:manifest", text("{}")),
      bad('found 2 sections "moult:manifest", wanted one'),
    ],
    [
      "one of more than a mebibyte",
      () => wat("", { manifest: manifest({ name: "x".repeat(2 ** 20) }) }),
      bad(`the manifest has ${2 ** 20 + 72} bytes; at most 1048576 are read`),
    ],
    [
      "nesting without an end",
      () => wat("", { manifest: `${"[".repeat(10_000)}${"]".repeat(10_000)}` }),
      bad("the manifest nests deeper than 32 types"),
    ],
    [
      "fields of other types, all of them named",
      () => wat("", { manifest: manifest({ name: 7, strings: "ebcdic", exports: undefined }) }),
      bad(
        "the manifest is not as the ABI wants it: name: Invalid input: expected string, received number; " +
          'strings: Invalid option: expected one of "utf8"|"utf16"|"latin1+utf16"; ' +
          "exports: wanted a list, found undefined",
      ),
    ],
    [
      "a state schema that Avro does not have",
      () =>
        wat("", {
          manifest: manifest({
            state: { schema: "quaternion", fingerprint: "0".repeat(64), migrations: [] },
          }),
        }),
      bad('schema: found the type "quaternion", which nothing before it defines'),
    ],
    [
      "a fingerprint that is not its schema's",
      () =>
        wat("", {
          manifest: manifest({ state: { schema: "int", fingerprint: "0".repeat(64), migrations: [] } }),
        }),
      bad(
        `the schema of the state has the fingerprint 3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45, the manifest says ${"0".repeat(64)}`,
      ),
    ],
    [
      "a type whose cases have one name",
      () =>
        wat(`${MEMORY} (func (export "pick") (result i32) i32.const 0)`, {
          manifest: manifest({ exports: [{ name: "pick", params: [], result: { enum: ["a", "a"] } }] }),
        }),
      "[bad-manifest] hand 1.0.0: its function pick cannot be called: a type has two cases of the same name: a, a",
    ],
  ];

  test.each(rows)("%s", async (_, module, message) => {
    const found = await refused(load(await module()));
    expect(found.replace(/(not JSON in UTF-8: ).*/, "$1(the engine's words)")).toBe(message);
  });

  test("a module that speaks a known version beside an unknown one is served by the known one", async () => {
    const plugin = await load(await wat(MEMORY, { markers: [0, 1, 9] }));
    expect(plugin.version).toBe("1.0.0");
    await plugin.close();
  });

  test("a compiled module has no bytes and no digest, and is refused alike", async () => {
    const module = await WebAssembly.compile((await wat("", { manifest: "[]" })) as Uint8Array<ArrayBuffer>);
    expect(await refused(load(module))).toBe(
      "[bad-manifest] could not load a compiled module: the manifest is not as the ABI wants it: Invalid input: expected object, received array",
    );
  });
});

describe("a manifest that lies", () => {
  const one = (parts: object) => manifest({ exports: [{ name: "run", params: [], ...parts }] });
  const rows: readonly (readonly [what: string, module: () => Promise<Uint8Array>, message: string])[] = [
    [
      "an export is missing",
      () => wat(MEMORY, { manifest: one({}) }),
      "[mismatch] could not load hand 1.0.0: it has no export run, which its manifest calls for",
    ],
    [
      "an export is no function",
      () => wat(`${MEMORY} (global (export "run") i32 (i32.const 0))`, { manifest: one({}) }),
      "[mismatch] could not load hand 1.0.0: it has no export run, which its manifest calls for",
    ],
    [
      "an export takes another number of core values",
      () =>
        wat(`${MEMORY} (func (export "run") (param i32))`, {
          manifest: one({ params: [{ name: "line", type: "string" }] }),
        }),
      "[mismatch] could not load hand 1.0.0: its export run takes 1 core values, and its manifest says 2",
    ],
    [
      "the memory is missing",
      () => wat('(func (export "run"))', { manifest: one({}) }),
      "[mismatch] could not load hand 1.0.0: it has no export memory, which its manifest calls for",
    ],
    [
      "a mutable global is missing",
      () =>
        wat(`${MEMORY} (global (export "moult:global/0") (mut i32) (i32.const 0))`, {
          manifest: manifest({ globals: 2 }),
        }),
      "[mismatch] could not load hand 1.0.0: it has no export moult:global/1, which its manifest calls for",
    ],
    [
      "a mutable global is not mutable",
      () =>
        wat(`${MEMORY} (global (export "moult:global/0") i32 (i32.const 0))`, {
          manifest: manifest({ globals: 1 }),
        }),
      "[mismatch] could not load hand 1.0.0: its export moult:global/0 is no global that can be set, and its manifest says so",
    ],
    [
      "the memory is smaller than the module wants",
      () => wat('(memory (import "env" "memory") 4)', { manifest: manifest({ memory: { initial: 1 } }) }),
      "[invalid-module] hand 1.0.0: could not be instantiated: (the engine's words)",
    ],
    [
      "the memory has no bound, and the module wants one",
      () => wat('(memory (import "env" "memory") 1 2)', { manifest: manifest({ memory: { initial: 1 } }) }),
      "[invalid-module] hand 1.0.0: could not be instantiated: (the engine's words)",
    ],
    [
      "the memory is larger than memories are",
      () =>
        wat('(memory (import "env" "memory") 1)', { manifest: manifest({ memory: { initial: 70_000 } }) }),
      "[bad-manifest] could not load bytes: the manifest is not as the ABI wants it: memory.initial: Too big: expected number to be <=65536",
    ],
    [
      "the memory is the host's, and the manifest does not say how large",
      () => wat('(memory (import "env" "memory") 1)'),
      "[invalid-module] hand 1.0.0: could not be instantiated: (the engine's words)",
    ],
    [
      "code runs, and calls out, while it is instantiated",
      () =>
        wat(`(import "env" "abort" (func $abort (param i32 i32 i32 i32))) ${MEMORY}
          (func $main (call $abort (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))) (start $main)`),
      "[mismatch] could not load hand 1.0.0: it has a start section, which runs when it is instantiated; export _initialize instead",
    ],
    ...(
      [
        ["write", "state was written outside of a save"],
        ["read", "state was read outside of a restore"],
      ] as const
    ).map(
      ([name, message]) =>
        [
          `it says that it has no state, and ${name}s one`,
          () =>
            wat(`(import "moult:plugin/state@1.0.0" "${name}" (func $use (param i32 i32) (result i32))) ${MEMORY}
              (func (export "_initialize") (drop (call $use (i32.const 0) (i32.const 1))))`),
          `[failed-start] hand 1.0.0: its start failed: ${message}`,
        ] as const,
    ),
    [
      "its start function traps",
      () => wat(`${MEMORY} (func $main unreachable) (start $main)`),
      "[mismatch] could not load hand 1.0.0: it has a start section, which runs when it is instantiated; export _initialize instead",
    ],
  ];

  test.each(rows)("%s", async (_, module, message) => {
    const found = await refused(load(await module()));
    expect(found.replace(/(instantiated: )(WebAssembly|unreachable).*/, "$1(the engine's words)")).toBe(
      message,
    );
  });
});

describe("what was not granted", () => {
  test("is named, all of it at once", async () => {
    expect(await refused(load(Counter, await guest("two-grants")))).toBe(
      "[missing-grant] could not load counter 1.0.0: it asks for what it was not granted: moult:log/log@1.0.0, test:faults/metrics@1.0.0, wasi:random/random@0.2.3",
    );
  });

  test("is named less what was granted", async () => {
    expect(await refused(load(Counter, await guest("two-grants"), { grant: [log(console)] }))).toBe(
      "[missing-grant] could not load counter 1.0.0: it asks for what it was not granted: test:faults/metrics@1.0.0, wasi:random/random@0.2.3",
    );
  });

  const strangers: readonly (readonly [what: string, fields: string, names: string])[] = [
    ["env.seed", '(import "env" "seed" (func (result f64)))', "env.seed (function)"],
    ["an unknown import from env", '(import "env" "magic" (global i32))', "env.magic (global)"],
    ["a table from env", '(import "env" "memory" (table 1 funcref))', "env.memory (table)"],
    ["an abort that is no function", '(import "env" "abort" (global i32))', "env.abort (global)"],
    [
      "names with control characters",
      '(import "a\\0d\\0ab" "\\1b]0;title\\07" (func)) (import "\\e2\\80\\ae" "x" (func))',
      "a\\r\\nb.\\u{1b}]0;title\\u{7} (function), \\u{202e}.x (function)",
    ],
    [
      "two strangers",
      '(import "wasi_snapshot_preview1" "fd_write" (func)) (import "js" "eval" (func))',
      "wasi_snapshot_preview1.fd_write (function), js.eval (function)",
    ],
    [
      "a third function of the state's interface",
      '(import "moult:plugin/state@1.0.0" "peek" (func))',
      "moult:plugin/state@1.0.0.peek (function)",
    ],
  ];
  test.each(strangers)("includes %s", async (_, fields, names) => {
    expect(await refused(load(await wat(`${fields} ${MEMORY}`)))).toBe(
      `[missing-grant] could not load hand 1.0.0: it asks for what it was not granted: ${names}`,
    );
  });

  test("includes an interface of a version that the grant does not serve", async () => {
    const older = capability("test:faults/metrics@0.9.0", {}, () => ({}));
    const newer = capability("test:faults/metrics@2.0.0", {}, () => ({}));
    expect(await refused(load(Counter, await guest("granted"), { grant: [older, newer] }))).toBe(
      "[missing-grant] could not load counter 1.0.0: it asks for what it was not granted: test:faults/metrics@1.0.0",
    );
  });

  test("includes a function that the grant does not have", async () => {
    const part = capability("test:faults/metrics@1", {}, () => ({}));
    expect(await refused(load(Counter, await guest("granted"), { grant: [part] }))).toBe(
      "[bad-grant] could not load counter 1.0.0: test:faults/metrics@1.0.0: the grant has no function look",
    );
  });

  test("includes functions of other types, with both sides named", async () => {
    const other = capability(
      "test:faults/metrics@1",
      {
        look: { params: [], returns: z.uint64(), kind: "read" },
        act: { params: [z.string()], returns: z.uint32() },
        tell: { params: [z.string()], kind: "post" },
        attempt: { params: [z.uint32()], returns: wit.result(z.uint32(), z.string()) },
      },
      () => ({ look: () => 0n, act: () => 0, tell: () => {}, attempt: () => 0 }),
    );
    expect(await refused(load(Counter, await guest("granted"), { grant: [other] }))).toBe(
      "[bad-grant] could not load counter 1.0.0: test:faults/metrics@1.0.0: look: the grant's and the plugin's types differ: wanted () -> u64, found () -> u32",
    );
  });

  test("includes an implementation whose making fails; what was made before it ends", async () => {
    const ended: string[] = [];
    const fine = capability(
      "moult:log/log@1.0.0",
      { write: { params: [z.enum(["debug", "info", "warn", "error"]), z.string()], kind: "post" } },
      ({ signal }) => {
        signal.addEventListener("abort", () => ended.push("log"));
        return { write: () => {} };
      },
    );
    const broken = capability(
      "test:faults/metrics@1",
      { look: { params: [], returns: z.uint32(), kind: "read" } },
      () => {
        throw new Error("no connection");
      },
    );
    const source = await wat(
      `(import "moult:log/log@1.0.0" "write" (func (param i32 i32 i32))) (import "test:faults/metrics@1.0.0" "look" (func (result i32))) ${ALLOCATOR}`,
      {
        manifest: manifest({
          imports: [
            {
              interface: "moult:log/log@1.0.0",
              functions: [
                {
                  name: "write",
                  params: [
                    { name: "level", type: { enum: ["debug", "info", "warn", "error"] } },
                    { name: "message", type: "string" },
                  ],
                },
              ],
            },
            {
              interface: "test:faults/metrics@1.0.0",
              functions: [{ name: "look", params: [], result: "u32" }],
            },
          ],
        }),
      },
    );
    expect(await refused(load(source, { grant: [fine, broken] }))).toBe(
      "[bad-grant] hand 1.0.0: a grant could not be made for it: no connection",
    );
    expect(ended).toEqual(["log"]);
  });
});

describe("a contract that the module does not fit", () => {
  test("names both sides of all that differs: what is missing, another parameter, another answer", async () => {
    const wanted = contract("test:faults/counter@1", {
      add: { params: [z.uint32(), z.string()], returns: z.uint32() },
      value: { params: [], returns: z.string() },
      reset: { params: [] },
    });
    expect(await refused(load(wanted, await guest("counter")))).toBe(
      "[mismatch] counter 1.0.0 does not fit the contract test:faults/counter@1: add: wanted (u32, string) -> u32, found (u32) -> u32; value: wanted () -> string, found () -> u32; reset: wanted (), found no such function",
    );
  });

  test("names the other side's types: a module that is older than its contract", async () => {
    expect(await refused(load(Counter, await guest("narrow")))).toBe(
      "[mismatch] counter 1.0.0 does not fit the contract test:faults/counter@1: add: wanted (u32) -> u32, found (u64) -> u32; value: wanted () -> u32, found no such function",
    );
  });

  test("names an interface of another name or version", async () => {
    const other = contract("test:faults/other@1", { value: { params: [], returns: z.uint32() } });
    const later = contract("test:faults/counter@1.1", { value: { params: [], returns: z.uint32() } });
    expect(await refused(load(other, await guest("counter")))).toBe(
      "[mismatch] counter 1.0.0 does not fit the contract test:faults/other@1: wanted the interface test:faults/other@1, found test:faults/counter@1.0.0",
    );
    expect(await refused(load(later, await guest("counter")))).toBe(
      "[mismatch] counter 1.0.0 does not fit the contract test:faults/counter@1.1: wanted the interface test:faults/counter@1.1, found test:faults/counter@1.0.0",
    );
  });

  test("at a swap leaves the incumbent serving", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await plugin.call.add(4);
    const error = await failure(plugin.swap(await guest("narrow", "2.0.0")));
    expect(said(error)).toBe(
      "[mismatch] could not swap counter 1.0.0: counter 2.0.0 does not fit the contract test:faults/counter@1: add: wanted (u32) -> u32, found (u64) -> u32; value: wanted () -> u32, found no such function; version 1.0.0 still serves",
    );
    expect(error.phase).toBe("prepare");
    expect(await plugin.call.value()).toBe(4);
  });

  test("is that of the first version, where none was given; the message says so, and both ways out lead out", async () => {
    const first = await load(await guest("counter"));
    await first.call.add!(4);
    const widened = await guest("widened", "2.0.0");
    expect(await refused(first.swap(widened))).toBe(
      "[mismatch] could not swap counter 1.0.0: counter 2.0.0 does not fit counter 1.0.0, which was loaded without a contract, so that all of its functions are expected (load it with a contract of those that you call, or begin the new version with a snapshot): add: wanted (u32) -> u32, found (u64) -> u32; version 1.0.0 still serves",
    );
    const snapshot = await first.snapshot();
    await first.close();
    await using second = await load(widened, { state: snapshot });
    expect(await second.call.add!(5n)).toBe(9);
    const Called = contract("test:faults/counter@1", { value: { params: [], returns: z.uint32() } });
    await using third = await load(Called, await guest("counter"));
    await third.swap(widened);
    expect(third.version).toBe("2.0.0");
  });
});
