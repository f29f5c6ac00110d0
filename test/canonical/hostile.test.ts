import { describe, expect, test } from "vitest";
import { exported, type Guest, imported, layout, lift, lower, Views } from "../../abi/canonical/mod.ts";
import { AbiError } from "../../abi/error.ts";
import { LIMITS } from "../../abi/limits.ts";
import type { FunctionType, ValueType } from "../../abi/type.ts";
import { heap } from "./heap.ts";
import { ALLOCATOR, refuse, watGuest } from "./wat.ts";

const TEXT: FunctionType = { params: [{ name: "text", type: "string" }] };

function fault(act: () => unknown): { fault: string; message: string } {
  try {
    act();
  } catch (error) {
    if (!(error instanceof AbiError)) throw error;
    return { fault: error.fault, message: error.message };
  }
  throw new Error("nothing was thrown");
}

/** What is thrown by `cabi_realloc` answering this for every request. */
function reallocFault(answer: unknown, type: ValueType, value: unknown, strings: Guest["strings"] = "utf8") {
  const guest = { ...heap({ strings }), realloc: () => answer as number };
  const call = exported({ params: [{ name: "given", type }] }, () => undefined, undefined, guest, refuse);
  return fault(() => call(value));
}

describe("cabi_realloc", () => {
  test.each<[string, unknown, ValueType, unknown, string]>([
    [
      "outside",
      65_536,
      "string",
      "a",
      "cabi_realloc's answer at 65536 with 1 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "negative",
      -1,
      "string",
      "a",
      "cabi_realloc's answer at 4294967295 with 1 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "at the very end",
      65_535,
      "string",
      "ab",
      "cabi_realloc's answer at 65535 with 2 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "not aligned",
      1001,
      { list: "u32" },
      [1],
      "cabi_realloc's answer at 1001 with 4 bytes is not aligned to 4 bytes",
    ],
    ["nothing", undefined, "string", "a", "wanted an i32, found undefined"],
    ["an i64", 8n, "string", "a", "wanted an i32, found bigint 8"],
  ])("that answers %s is refused", (_, answer, type, value, problem) => {
    expect(reallocFault(answer, type, value)).toEqual({
      fault: "guest",
      message: `parameter given: ${problem}`,
    });
  });

  test("that answers nonsense for an inner string is refused, and the place says which", () => {
    let calls = 0;
    const guest = { ...heap(), realloc: () => [64, 128, 65_530][calls++]! };
    const type: ValueType = { list: "string" };
    const call = exported({ params: [{ name: "given", type }] }, () => undefined, undefined, guest, refuse);
    expect(fault(() => call(["one", "seventeen letters"]))).toEqual({
      fault: "guest",
      message:
        "parameter given[1]: cabi_realloc's answer at 65530 with 17 bytes lies outside the memory of 65536 bytes",
    });
  });

  test("may grow the memory at every call", () => {
    const type: ValueType = { list: { tuple: ["string", { list: "u64" }, { map: ["string", "f32"] }] } };
    const value = [
      ["a", new BigUint64Array([1n, 2n]), new Map([["k", 0.5]])],
      ["b", new BigUint64Array([3n]), new Map([["l", 1.5]])],
    ];
    const guest = heap({ grow: true });
    const pointer = guest.realloc(0, 0, 4, 8);
    lower(type, guest, value, pointer);
    expect(lift(type, guest, pointer)).toStrictEqual(value);
    expect(guest.memory.size).toBeGreaterThan(65_536 * 8);
  });

  test("and cabi_post may call nothing", async () => {
    let calls = 0;
    const note = { params: [], result: "u32" } satisfies FunctionType;
    const guest = await watGuest(
      `(import "host" "note" (func $note (result i32)))
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $note))
      (func (export "take") (param i32 i32))
      (func (export "plain"))
      (func (export "post") (drop (call $note)))`,
      {
        imports: (guest) => ({ host: { note: imported(note, () => ++calls, guest, { name: "note" }) } }),
      },
    );
    const { take, plain, post } = guest.exports;
    expect(fault(() => exported(TEXT, take!, undefined, guest, refuse)("a"))).toEqual({
      fault: "guest",
      message: "cabi_realloc called note; it may call nothing",
    });
    guest.memory.inside = undefined;
    expect(fault(() => exported({ params: [] }, plain!, post!, guest, refuse)())).toEqual({
      fault: "guest",
      message: "cabi_post_ called note; it may call nothing",
    });
    expect(calls).toBe(0);
  });
});

describe("an export", () => {
  test.each<[string, string, ValueType, string]>([
    [
      "outside",
      "i32.const -4",
      "string",
      "result: an area at 4294967292 with 8 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "at the very end",
      "i32.const 65532",
      "string",
      "result: an area at 65532 with 8 bytes lies outside the memory of 65536 bytes",
    ],
    ["not aligned", "i32.const 2", "string", "result: an area at 2 with 8 bytes is not aligned to 4 bytes"],
  ])("that answers with an area %s is refused", async (_, answer, type, message) => {
    const guest = await watGuest(`${ALLOCATOR} (func (export "f") (result i32) (${answer}))`);
    const call = exported({ params: [], result: type }, guest.exports.f!, undefined, guest, refuse);
    expect(fault(call)).toEqual({ fault: "guest", message });
  });

  test.each<[string, string, ValueType, string]>([
    ["nothing", "", "u8", "result: wanted an i32 from the guest, found undefined"],
    ["nothing for a string", "", "string", "result: wanted an i32, found undefined"],
    [
      "an i64 for an i32",
      "(result i64) (i64.const 5)",
      "u8",
      "result: wanted an i32 from the guest, found bigint 5",
    ],
    [
      "an i32 for an i64",
      "(result i32) (i32.const 5)",
      "u64",
      "result: wanted an i64 from the guest, found number 5",
    ],
    [
      "an i64 for an f32",
      "(result i64) (i64.const 5)",
      "f32",
      "result: wanted an f32 from the guest, found bigint 5",
    ],
    [
      "an i64 for a bool",
      "(result i64) (i64.const 5)",
      "bool",
      "result: wanted an i32 from the guest, found bigint 5",
    ],
    [
      "a reference",
      "(result externref) (ref.null extern)",
      "u8",
      "result: wanted an i32 from the guest, found null",
    ],
    [
      "a case too many",
      "(result i32) (i32.const 2)",
      { enum: ["a", "b"] },
      "result: found case 2 of a type that has 2",
    ],
    [
      "a negative case",
      "(result i32) (i32.const -1)",
      { result: {} },
      "result: found case 4294967295 of a type that has 2",
    ],
    [
      "a surrogate",
      "(result i32) (i32.const 0xdc00)",
      "char",
      "result: wanted a char (a Unicode scalar value), found 0xdc00",
    ],
  ])("of another type is refused: %s", async (_, body, type, message) => {
    const guest = await watGuest(`${ALLOCATOR} (func (export "f") ${body})`);
    const call = exported({ params: [], result: type }, guest.exports.f!, undefined, guest, refuse);
    expect(fault(call)).toEqual({ fault: "guest", message });
  });

  test("whose result cannot be lifted is not asked to free it", async () => {
    const guest = await watGuest(`${ALLOCATOR}
      (func (export "f") (result i32) (i32.store (i32.const 4) (i32.const -1)) (i32.const 0))
      (global $posts (mut i32) (i32.const 0))
      (func (export "post") (param i32) (global.set $posts (i32.const 1)))
      (func (export "posts") (result i32) (global.get $posts))`);
    const { f, post, posts } = guest.exports;
    const call = exported({ params: [], result: "string" }, f!, post!, guest, refuse);
    expect(fault(call).message).toBe(
      "result: a string at 0 with 4294967295 bytes is too large; at most 268435455 are allowed",
    );
    expect(posts!()).toBe(0);
  });

  test("cannot make the host copy one piece of memory without end", () => {
    // 4,096 lists, each of the same 4,096 lists, each of the same 4,096 bytes: 64 GiB out of 72 KiB.
    const guest = heap({ pages: 2 });
    const { data } = guest.memory;
    const lists = (at: number, inner: number) => {
      for (let i = 0; i < 4096; i++) {
        data.setUint32(at + 8 * i, inner, true);
        data.setUint32(at + 8 * i + 4, 4096, true);
      }
    };
    lists(4096, 0);
    lists(36_864, 4096);
    data.setUint32(72_000, 36_864, true);
    data.setUint32(72_004, 4096, true);
    const { fault: kind, message } = fault(() => lift({ list: { list: { list: "u8" } } }, guest, 72_000));
    expect(kind).toBe("guest");
    expect(message).toMatch(
      /^value\[\d+\]\[\d+\]: the value would take \d+ bytes or more of the host's memory; at most 536870912 are allowed \(maxValueBytes\)$/,
    );
  });

  test("cannot have the host make hundreds of millions of values", () => {
    const guest = heap({ pages: 4096 });
    guest.memory.data.setUint32(12, (1 << 28) - 1, true);
    expect(fault(() => lift({ list: "bool" }, guest, 8))).toEqual({
      fault: "guest",
      message:
        "value: the value would take 2147483640 bytes or more of the host's memory; at most 536870912 are allowed (maxValueBytes)",
    });
    expect(LIMITS.lifted).toBe(536_870_912);
  });
});

describe("an import", () => {
  const guest = heap();
  const log = imported(
    TEXT,
    () => undefined,
    () => guest,
    { name: "log" },
  );
  const pair = imported(
    { params: [{ name: "n", type: "u8" }, ...TEXT.params] },
    () => undefined,
    () => guest,
  );

  test.each<[string, () => unknown, string]>([
    [
      "a wild pointer",
      () => log(-1, 10),
      "parameter text of log: a string at 4294967295 with 10 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "a wild length",
      () => log(0, -1),
      "parameter text of log: a string at 0 with 4294967295 bytes is too large; at most 268435455 are allowed",
    ],
    ["too few core values", () => log(0), "parameter text of log: wanted an i32, found undefined"],
    [
      "core values of another type",
      () => log(0n, 5n),
      "parameter text of log: wanted an i32, found bigint 0",
    ],
    [
      "the same beside another parameter",
      () => pair(1n, 0, 5),
      "parameter n of the import: wanted an i32 from the guest, found bigint 1",
    ],
  ])("called with %s is refused, and the host's function is not called", (_, act, message) => {
    expect(fault(act)).toEqual({ fault: "guest", message });
  });

  test("may lift as much as any, whatever was lifted before it", () => {
    const seen: unknown[] = [];
    const bytes = { name: "of", type: { list: "u8" } } as const;
    const keep = (...args: unknown[]) => void seen.push(args.at(-1));
    const one = imported({ params: [bytes] }, keep, () => guest);
    const two = imported({ params: [{ name: "n", type: "u8" }, bytes] }, keep, () => guest);
    for (const call of [() => one(0, 4), () => two(1, 0, 4)]) {
      guest.memory.budget = 0;
      call();
    }
    expect(seen).toEqual([new Uint8Array(4), new Uint8Array(4)]);
  });

  test("given a wild area for its result is refused", () => {
    const now = imported(
      { params: [], result: "string" },
      () => "now",
      () => guest,
      { name: "now" },
    );
    expect(fault(() => now(65_532))).toEqual({
      fault: "guest",
      message: "result of now: an area at 65532 with 8 bytes lies outside the memory of 65536 bytes",
    });
    expect(fault(() => now())).toEqual({
      fault: "guest",
      message: "result of now: wanted an i32, found undefined",
    });
  });

  test("given a wild area for its parameters is refused", () => {
    const many = imported(
      { params: [{ name: "all", type: { list: "string", length: 9 } }] },
      () => undefined,
      () => guest,
      { name: "many" },
    );
    expect(fault(() => many(65_500))).toEqual({
      fault: "guest",
      message: "parameters of many: an area at 65500 with 72 bytes lies outside the memory of 65536 bytes",
    });
  });
});

describe("a type that the Component Model does not allow is refused", () => {
  const deep = (depth: number): ValueType => (depth === 0 ? "u8" : { option: deep(depth - 1) });
  const flags = Array.from({ length: 33 }, (_, i) => `f${i}`);
  const fixed = (list: ValueType): ValueType => ({ list, length: 65_536 });
  test.each<[string, ValueType, string]>([
    ["no fields", { record: [] }, "a record or tuple has no fields"],
    ["no parts", { tuple: [] }, "a record or tuple has no fields"],
    ["no cases", { enum: [] }, "a variant or enum has no cases"],
    ["no flags", { flags: [] }, "flags have 0 labels; the Component Model allows 1 to 32"],
    ["more than 32 flags", { flags }, "flags have 33 labels; the Component Model allows 1 to 32"],
    ["too deep", deep(33), "a type nests deeper than 32"],
    ["too large", fixed(fixed("u8")), "a type takes 4294967296 bytes; at most 268435455 are allowed"],
    ["of an empty fixed length", { list: "u8", length: 0 }, "a list has the fixed length 0"],
    ["unknown", "u128" as ValueType, 'there is no type "u128"'],
    ["unknown, but every object has it", "constructor" as ValueType, 'there is no type "constructor"'],
    [
      "two fields of one spelling",
      {
        record: [
          { name: "a-1", type: "u8" },
          { name: "a1", type: "u8" },
        ],
      },
      'two names of one type are both spelled "a1"',
    ],
    ["two cases of one name", { enum: ["a", "a"] }, "a type has two cases of the same name: a, a"],
    ["a name that is no name", { flags: ["__proto__"] }, '"__proto__" cannot be a name'],
  ])("%s", (_, type, message) => {
    const act = () => exported({ params: [{ name: "p", type }] }, () => 0, undefined, heap(), refuse);
    expect(fault(act)).toEqual({ fault: "manifest", message });
  });

  test("but thirty-two levels and a list of 65,536 bytes in place are allowed", () => {
    expect(layout(deep(32)).size).toBe(33);
    expect(layout(fixed("u8")).size).toBe(65_536);
  });
});

test("a memory that threads share is refused", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  expect(fault(() => new Views(memory))).toEqual({
    fault: "guest",
    message: "the memory is shared between threads; the Canonical ABI wants one of its own",
  });
});

test("a memory of no pages has nothing to lift from", () => {
  const guest = { ...heap(), memory: new Views(new WebAssembly.Memory({ initial: 0 })) };
  expect(fault(() => lift("u8", guest, 0))).toEqual({
    fault: "guest",
    message: "value: a value at 0 with 1 bytes lies outside the memory of 0 bytes",
  });
});
