import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { contract, load, log } from "../../host/mod.ts";
import { build } from "./build.ts";
import { refusal } from "./refusal.ts";

const abi = assemblyscript();
const Counter = contract("test:plain/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  events: { params: [], returns: z.array(z.string()) },
});

/** A counter that lives in four bytes; each version counts in its own steps. */
const counter = (step: number, more = "") => `
  export const Uint8Array_ID = idof<Uint8Array>();
  let count: u32 = 0;
  let log: string[] = [];
  export function add(by: u32): u32 { return count += by * ${step}; }
  export function events(): string[] { return log; }
  export function save(): Uint8Array {
    const bytes = new Uint8Array(4);
    store<u32>(bytes.dataStart, count);
    return bytes;
  }
  export function restore(bytes: Uint8Array): void {
    assert(bytes.length == 4, "four bytes");
    count = load<u32>(bytes.dataStart);
    log.push("restore " + count.toString());
  }
  ${more}
`;

describe.each([
  ["its own memory", []],
  ["an imported memory", ["--importMemory"]],
  ["an explicit start", ["--exportStart", "_initialize"]],
] as const)("hooks carry state through a swap (%s)", (_, options) => {
  test("from version to version, and back", async () => {
    const [first, second] = [await build(counter(1), ...options), await build(counter(10), ...options)];
    const plugin = await load(Counter, first, { abi });
    expect(await plugin.call.add(7)).toBe(7);
    const record = await plugin.swap(second);
    expect(record).toMatchObject({ outcome: "swapped", stateBytes: 4 });
    expect(await plugin.call.add(1)).toBe(17);
    await plugin.swap(first);
    expect(await plugin.call.add(1)).toBe(18);
    expect(await plugin.call.events()).toEqual(["restore 17"]);
  });

  test("through a snapshot", async () => {
    const plugin = await load(Counter, await build(counter(1), ...options), { abi });
    await plugin.call.add(41);
    const state = await plugin.snapshot();
    const next = await load(Counter, await build(counter(1), ...options), { abi, state });
    expect(await next.call.add(1)).toBe(42);
  });
});

describe("hooks", () => {
  test("start, onRestore and stop run at their times", async () => {
    const lines: string[] = [];
    const out = (message: string) => void lines.push(message);
    const grant = [log({ debug: out, info: out, warn: out, error: out })];
    const more = (version: number) => `
      export function start(): void { console.log("${version} starts at " + count.toString()); }
      export function onRestore(): void { console.log("${version} has " + count.toString()); }
      export function stop(): void { console.log("${version} stops at " + count.toString()); }
    `;
    const plugin = await load(Counter, await build(counter(1, more(1))), { abi, grant });
    await plugin.call.add(3);
    await plugin.swap(await build(counter(2, more(2))));
    await plugin.close();
    expect(lines).toEqual(["1 starts at 0", "2 starts at 0", "2 has 3", "1 stops at 3", "2 stops at 3"]);
  });

  test("a function that the contract names is no hook: it runs when it is called, and only then", async () => {
    const bytes = await build("let runs = 0; export function start(): i32 { return ++runs; }");
    const plugin = await load(
      contract("test:plain/start@1", { start: { params: [], returns: z.int32() } }),
      bytes,
      { abi },
    );
    expect(await plugin.call.start()).toBe(1);
  });

  test("checkState refuses a swap with what it says", async () => {
    const plugin = await load(Counter, await build(counter(1)), { abi });
    await plugin.call.add(5);
    const picky = counter(
      1,
      `export function checkState(): string { return count > 4 ? "too many: " + count.toString() : ""; }`,
    );
    expect(await refusal(plugin.swap(await build(picky)))).toBe(
      "[failed-check] could not swap plugin 0.0.0: plugin 0.0.0 finds its state wrong: too many: 5; version 0.0.0 still serves",
    );
    expect(await plugin.call.add(1)).toBe(6);
  });

  test("a restore that traps refuses the swap, and the incumbent goes on", async () => {
    const plugin = await load(Counter, await build(counter(1)), { abi });
    await plugin.call.add(5);
    const broken = counter(1).replace("bytes.length == 4", "bytes.length == 5");
    expect(await refusal(plugin.swap(await build(broken)))).toMatch(
      /^\[failed-restore\] could not swap plugin 0\.0\.0: plugin 0\.0\.0: its restore failed: four bytes \(plain\.ts:\d+:\d+\); version 0\.0\.0 still serves$/,
    );
    expect(await plugin.call.add(1)).toBe(6);
  });

  test("a version without hooks does not take over from one that has them", async () => {
    const plugin = await load(Counter, await build(counter(1)), { abi });
    const without = await build(counter(1).replace("function save", "function keep"));
    expect(await refusal(plugin.swap(without))).toBe(
      "[incompatible-state] could not swap plugin 0.0.0: plugin 0.0.0 has state, and plugin 0.0.0 has none to take it over; say reset: true to begin without it; version 0.0.0 still serves",
    );
    await plugin.call.add(5);
    await plugin.swap(without, { reset: true });
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("without the class of their bytes are refused, with the line that is missing", async () => {
    const bytes = await build(counter(1).replace("export const Uint8Array_ID", "const Uint8Array_ID"));
    expect(await refusal(load(Counter, bytes, { abi }))).toBe(
      "[mismatch] could not load bytes: it exports save and restore, so it has state, but not Uint8Array_ID; build it with --exportRuntime, and add to it: export const Uint8Array_ID = idof<Uint8Array>();",
    );
  });

  test("the plugin says while there is time that it cannot be copied", async () => {
    const plugin = await load(Counter, await build(counter(1)), { abi });
    expect(plugin.warnings).toEqual([
      "plugin 0.0.0 does not export its mutable globals, so it cannot be copied: a save that traps ends it (recoverable: false)",
    ]);
  });

  test("do not leak over many swaps: bytes saved are freed", async () => {
    const Pages = contract("test:plain/pages@1", { pages: { params: [], returns: z.int32() } });
    const big = `
      export const Uint8Array_ID = idof<Uint8Array>();
      export function pages(): i32 { return memory.size(); }
      export function save(): Uint8Array { return new Uint8Array(100_000); }
      export function restore(bytes: Uint8Array): void {}
    `;
    const plugin = await load(Pages, await build(big), { abi });
    for (let i = 0; i < 20; i++) await plugin.snapshot();
    const before = await plugin.call.pages();
    for (let i = 0; i < 200; i++) await plugin.snapshot();
    expect(await plugin.call.pages()).toBe(before);
  });
});

describe("what is made up for a module that says nothing of itself", () => {
  test.each([
    ["file:///plugins/log-handler.wasm", "log-handler", "0.0.0"],
    ["https://example.org/a/handler-1.2.3.wasm?x=/y#z", "handler", "1.2.3"],
    ["https://example.org/handler-2.wasm", "handler", "2.0.0"],
    ["https://example.org/counter", "counter", "0.0.0"],
    ["https://example.org/", "plugin", "0.0.0"],
    ["bytes", "plugin", "0.0.0"],
    ["a compiled module", "plugin", "0.0.0"],
  ])("its name and version come from %s", async (from, name, version) => {
    const bytes = await build("export function f(x: i32): f64 { return x; }");
    const code = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
    expect((await abi.describe({ code, binary: new WasmBinary(bytes), from })).manifest).toMatchObject({
      name,
      version,
    });
  });

  test("the fingerprint of opaque state is Avro's for bytes", async () => {
    const bytes = await build(counter(1));
    const code = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
    const { manifest } = await abi.describe({ code, binary: new WasmBinary(bytes), from: "bytes" });
    expect(manifest.state?.fingerprint).toBe(createHash("sha256").update('"bytes"').digest("hex"));
  });
});
