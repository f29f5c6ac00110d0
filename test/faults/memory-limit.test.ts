/** A cap on memory holds for guests that import theirs, and for those that define their own. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { contract, load } from "../../host/mod.ts";
import { build as plain } from "../assemblyscript/build.ts";
import { build } from "../kept/build.ts";
import { failure, manifest, refused, wat } from "./guest.ts";

const MIB = 2 ** 20;
const Keeper = contract("test:runaway/runaway@1", {
  keep: { params: [z.uint32()], returns: z.uint32() },
  work: { params: [z.uint32()], returns: z.uint32() },
});
const SOURCE = new URL("../guests/limits/runaway.ts", import.meta.url);
const keeper = async (version = "1.0.0") => (await build(SOURCE, { version })).wasm;

const Grower = contract("test:faults/grower@1", {
  grow: { params: [z.uint32()], returns: z.int32() },
  size: { params: [], returns: z.uint32() },
});
const GROWS = manifest({
  interface: "test:faults/grower@1.0.0",
  exports: [
    { name: "grow", params: [{ name: "pages", type: "u32" }], result: "s32" },
    { name: "size", params: [], result: "u32" },
  ],
});
/** It defines a memory of its own, and grows it. */
const grower = (memory: string, version = "1.0.0") =>
  wat(
    `(memory (export "memory") ${memory})
     (func (export "test:faults/grower@1.0.0#grow") (param i32) (result i32) (memory.grow (local.get 0)))
     (func (export "test:faults/grower@1.0.0#size") (result i32) (memory.size))`,
    {
      manifest: { ...GROWS, version },
    },
  );

describe("a guest with limited memory", () => {
  test("that imports it has what it may have, and no more", async () => {
    await using plugin = await load(Keeper, await keeper(), { limits: { memory: 16 * MIB } });
    expect(await plugin.call.keep(4)).toBe(4);
    const error = await failure(plugin.call.keep(100));
    expect(error.code).toBe("trapped");
    expect(error.message).toMatch(
      /^\[trapped\] could not call runaway\.keep: version 1\.0\.0 trapped: .*; it has \d+(\.\d+)? of at most 16 MiB of memory \(limits\.memory\); it is not called again/,
    );
  });

  test("that was ended by it comes back where calls are kept, and so does the limit", async () => {
    const limits = { memory: 16 * MIB };
    await using plugin = await load(Keeper, await keeper(), { limits, afterTrap: "restart" });
    for (let i = 0; i < 2; i++) {
      await expect(plugin.call.keep(100)).rejects.toMatchObject({ code: "trapped" });
      expect(await plugin.call.work(3)).toBe(29);
    }
    await plugin.swap(await keeper("1.1.0"));
    await expect(plugin.call.keep(100)).rejects.toMatchObject({ code: "trapped" });
  });

  test.each([
    ["1", 16],
    ["1 4", 4],
    ["3 65536", 16],
    ["16", 16],
  ])("that defines it finds that it cannot grow: (memory %s) up to %i pages", async (memory, most) => {
    await using plugin = await load(Grower, await grower(memory), { limits: { memory: MIB } });
    const initial = plugin.callSync.size();
    expect(plugin.callSync.grow(most - initial + 1)).toBe(-1);
    expect(plugin.callSync.grow(most - initial)).toBe(initial);
    expect(plugin.callSync.grow(1)).toBe(-1);
    expect(plugin.callSync.size()).toBe(most);
  });

  test("that is metered too has both", async () => {
    await using plugin = await load(Grower, await grower("1"), { limits: { memory: MIB, fuel: 100_000 } });
    expect(plugin.callSync.grow(16)).toBe(-1);
    expect(plugin.callSync.grow(15)).toBe(1);
  });

  test("that is plain AssemblyScript has it as well", async () => {
    const Plain = contract("plain:keeper/keeper@1", { keep: { params: [z.int32()], returns: z.int32() } });
    const source =
      "const all: StaticArray<u8>[] = []; export function keep(n: i32): i32 { for (let i = 0; i < n; i++) all.push(new StaticArray<u8>(1 << 20)); return all.length; }";
    for (const options of [[], ["--importMemory"]]) {
      const wasm = await plain(source, ...options);
      const limits = { memory: 16 * MIB };
      await using plugin = await load(Plain, wasm, { abi: assemblyscript(), limits });
      expect(await plugin.call.keep(4)).toBe(4);
      expect(await refused(plugin.call.keep(100))).toContain("of at most 16 MiB of memory (limits.memory)");
    }
  });

  test("that begins with more is refused, at load and at a swap", async () => {
    const limits = { memory: MIB + 5 };
    expect(await refused(load(Grower, await grower("17"), { limits }))).toBe(
      "[too-large] could not load bytes: it begins with 1.0625 MiB of memory, and limits.memory allows 1 MiB",
    );
    await using plugin = await load(Grower, await grower("1"), { limits });
    expect(await refused(plugin.swap(await grower("17", "1.0.1")))).toContain(
      "it begins with 1.0625 MiB of memory, and limits.memory allows 1 MiB",
    );
    expect(plugin.callSync.size()).toBe(1);
  });
});

describe("what a guest has besides its memory", () => {
  const table = (own: string) =>
    wat(
      `(memory (export "memory") 1) ${own}
    (func (export "test:faults/grower@1.0.0#grow") (param i32) (result i32)
      (table.grow $t (ref.null func) (local.get 0)))
    (func (export "test:faults/grower@1.0.0#size") (result i32) (table.size $t))`,
      { manifest: GROWS },
    );

  test.each([
    ["10 funcref", 1_024, "alone"],
    ["10 20 funcref", 20, "with a maximum of its own"],
    ["1024 funcref", 1_024, "that is full"],
  ])("a table grows as far as the limit goes, at 64 bytes an element: (table $t %s)", async (own, most) => {
    await using plugin = await load(Grower, await table(`(table $t ${own})`), { limits: { memory: 65_536 } });
    const initial = plugin.callSync.size();
    expect(plugin.callSync.grow(most - initial + 1)).toBe(-1);
    expect(plugin.callSync.grow(most - initial)).toBe(initial);
    expect(plugin.callSync.grow(1)).toBe(-1);
    expect(plugin.callSync.size()).toBe(most);
  });

  test("several tables share it", async () => {
    const own = "(table $t 24 funcref) (table 500 funcref)";
    await using plugin = await load(Grower, await table(own), { limits: { memory: 65_536 } });
    expect(plugin.callSync.grow(251)).toBe(-1);
    expect(plugin.callSync.grow(250)).toBe(24);
  });

  test("tables that begin with more are refused", async () => {
    const own = "(table $t 24 funcref) (table 1001 funcref)";
    expect(await refused(load(Grower, await table(own), { limits: { memory: 65_536 } }))).toBe(
      "[too-large] could not load bytes: its tables begin with 1025 elements, and limits.memory allows 1024, of 64 bytes each",
    );
  });

  test("objects live in the memory of the host: a module that has types of them is refused where the engine knows them", async () => {
    // (type (array (mut i8)))
    const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x5e, 0x78, 1);
    const error = await refused(load(bytes, { limits: { memory: MIB } }));
    expect(error).toContain(
      WebAssembly.validate(bytes)
        ? "[invalid-module] could not load bytes: its limits cannot be written into its code: it has types of objects, which live in its host's memory"
        : "[invalid-module] could not load bytes: it is not valid WebAssembly",
    );
  });
});

test("a module that came compiled cannot be limited, and says so", async () => {
  const module = new WebAssembly.Module((await grower("1")) as Uint8Array<ArrayBuffer>);
  for (const limits of [{ memory: MIB }, { fuel: 1_000 }]) {
    expect(await refused(load(Grower, module, { limits }))).toBe(
      "[argument] could not load a compiled module: limits are written into a module before it is compiled, and it came compiled; give its bytes",
    );
  }
});
