import { describe, expect, test } from "vitest";
import { exported, exportedAsync, imported, importedAsync } from "../../abi/canonical/mod.ts";
import type { FunctionType, ValueType } from "../../abi/type.ts";
import { ALLOCATOR, refuse, watGuest } from "./wat.ts";

function signature(params: readonly ValueType[], result?: ValueType): FunctionType {
  return { params: params.map((type, i) => ({ name: `p${i}`, type })), ...(result && { result }) };
}

describe("exports", () => {
  test("scalars travel as core values, in every arity", async () => {
    const { exports, ...guest } = await watGuest(`${ALLOCATOR}
      (func (export "f0") (result i32) (i32.const -1))
      (func (export "f1") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func (export "f2") (param i64 i64) (result i64) (i64.sub (local.get 0) (local.get 1)))
      (func (export "f3") (param f32 f64 f32) (result f64)
        (f64.add (f64.promote_f32 (local.get 0)) (f64.sub (local.get 1) (f64.promote_f32 (local.get 2)))))
      (func (export "f4") (param i32 i32 i32 i32) (result i32)
        (i32.or (i32.or (local.get 0) (local.get 1)) (i32.or (local.get 2) (local.get 3))))
      (func (export "f5") (param i32 i32 i32 i32 i32) (result i32)
        (i32.sub (local.get 4) (i32.add (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 2) (local.get 3)))))`);
    const call = (name: string, type: FunctionType) =>
      exported(type, exports[name]!, undefined, guest, refuse);
    expect(call("f0", signature([], "u16"))()).toBe(65_535);
    expect(call("f1", signature(["u8"], "u8"))(255)).toBe(0);
    expect(call("f1", signature(["char"], "char"))("a")).toBe("b");
    expect(call("f1", signature([{ enum: ["a", "b", "c"] }], { enum: ["x", "y", "z"] }))("b")).toBe("z");
    expect(call("f2", signature(["u64", "s64"], "u64"))(0n, 1n)).toBe(2n ** 64n - 1n);
    expect(call("f3", signature(["f32", "f64", "f32"], "f64"))(0.5, 2, 1)).toBe(1.5);
    expect(call("f4", signature(["bool", "bool", "bool", "bool"], "bool"))(false, true, false, false)).toBe(
      true,
    );
    expect(call("f5", signature(["s8", "s16", "s32", "u8", "u16"], "s32"))(-1, -2, -3, 4, 5)).toBe(7);
  });

  test("strings go there and back, and what the guest answered is freed after it was copied", async () => {
    for (const strings of ["utf8", "utf16", "latin1+utf16"] as const) {
      const { exports, ...guest } = await watGuest(
        `${ALLOCATOR}
        (func (export "echo") (param i32 i32) (result i32)
          (i32.store (i32.const 0) (local.get 0))
          (i32.store (i32.const 4) (local.get 1))
          (i32.const 0))
        (func (export "cabi_post_echo") (param i32)
          (memory.fill (i32.load (local.get 0)) (i32.const 0xff) (i32.const 8))
          (global.set $top (i32.const 1024)))
        (func (export "top") (result i32) (global.get $top))`,
        { strings },
      );
      const { echo, cabi_post_echo } = exports;
      const call = exported(signature(["string"], "string"), echo!, cabi_post_echo!, guest, refuse);
      for (const text of [
        "",
        "a",
        "grüße",
        "Привет, 世界",
        "😀".repeat(300),
        "x".repeat(5000),
        "é".repeat(300),
      ]) {
        expect(call(text)).toBe(text);
        expect(exports.top!()).toBe(1024);
      }
    }
  });

  test("seventeen core values go through memory, in one area", async () => {
    const { exports, ...guest } = await watGuest(`${ALLOCATOR}
      (func (export "f") (param i32) (result i64)
        (i64.add (i64.load offset=136 (local.get 0)) (i64.extend_i32_u (i32.load8_u (local.get 0)))))`);
    const types: ValueType[] = ["u8", ...Array.from({ length: 16 }, () => "string" as const), "u64"];
    const values = types.map((type) => (type === "u8" ? 5 : type === "u64" ? 37n : "text"));
    expect(exported(signature(types, "u64"), exports.f!, undefined, guest, refuse)(...values)).toBe(42n);
  });

  test("a record comes back in an area of the guest's", async () => {
    const { exports, ...guest } = await watGuest(`${ALLOCATOR}
      (data (i32.const 64) "\\2a\\00\\00\\00\\00\\00\\00\\00\\07\\00\\00\\00\\60\\00\\00\\00\\02\\00\\00\\00")
      (data (i32.const 96) "hi")
      (func (export "report") (result i32) (i32.const 64))`);
    const report: ValueType = {
      record: [
        { name: "line-count", type: "u64" },
        { name: "unwanted", type: "u32", dropped: true },
        { name: "name", type: "string" },
      ],
    };
    const call = exported(signature([], report), exports.report!, undefined, guest, refuse);
    expect(call()).toStrictEqual({ lineCount: 42n, name: "hi" });
  });

  test("an ok is returned plainly; an err is handed to the host, after the guest has freed it", async () => {
    const { exports, ...guest } = await watGuest(`${ALLOCATOR}
      (data (i32.const 80) "zero")
      (func (export "divide") (param i32 i32) (result i32)
        (if (i32.eqz (local.get 1))
          (then
            (i32.store8 (i32.const 64) (i32.const 1))
            (i32.store (i32.const 68) (i32.const 80))
            (i32.store (i32.const 72) (i32.const 4)))
          (else
            (i32.store8 (i32.const 64) (i32.const 0))
            (i32.store (i32.const 68) (i32.div_u (local.get 0) (local.get 1)))))
        (i32.const 64))
      (func (export "cabi_post_divide") (param i32) (i32.store8 (i32.const 80) (i32.const 0x5a)))`);
    const type = signature(["u32", "u32"], { result: { ok: "u32", err: "string" } });
    const divide = exported(type, exports.divide!, exports.cabi_post_divide!, guest, refuse);
    expect(() => divide(1, 0)).toThrow('err: "zero"');
    expect(() => divide(1, 0)).toThrow('err: "Zero"');
    expect(divide(84, 2)).toBe(42);
  });

  test("lists become what their type asks for, and are taken in every form", async () => {
    const { exports, ...guest } = await watGuest(`${ALLOCATOR}
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0))
        (i32.store (i32.const 4) (local.get 1))
        (i32.const 0))`);
    const echo = (from: ValueType, to: ValueType) =>
      exported(signature([from], to), exports.echo!, undefined, guest, refuse);
    const s16: ValueType = { list: "s16" };
    expect(echo(s16, s16)([1, -2])).toStrictEqual(new Int16Array([1, -2]));
    expect(echo(s16, s16)(new Int16Array([1, -2]))).toStrictEqual(new Int16Array([1, -2]));
    expect(echo(s16, s16)(new Float64Array([1, -2]))).toStrictEqual(new Int16Array([1, -2]));
    expect(echo(s16, { list: "s16", as: "array" })([1, -2])).toStrictEqual([1, -2]);
    expect(echo(s16, { list: "s16", as: "set" })([1, -2])).toStrictEqual(new Set([1, -2]));
    expect(echo({ list: "string", as: "set" }, { list: "string", as: "set" })(new Set(["a"]))).toStrictEqual(
      new Set(["a"]),
    );
    expect(echo({ list: "u8" }, { list: "u8" })(Buffer.from("hi"))).toStrictEqual(new Uint8Array([104, 105]));
    const backing = new ArrayBuffer(16);
    new Uint8Array(backing).set([1, 2], 3);
    expect(echo({ list: "u8" }, { list: "u8" })(new Uint8Array(backing, 3, 2))).toStrictEqual(
      new Uint8Array([1, 2]),
    );
    expect(echo({ list: "bool" }, { list: "bool" })([true, false])).toStrictEqual([true, false]);
  });

  test("what was lifted is a copy: the guest's next call does not change it", async () => {
    const { exports, ...guest } = await watGuest(`${ALLOCATOR}
      (func (export "bytes") (param i32) (result i32)
        (memory.fill (i32.const 64) (local.get 0) (i32.const 4))
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (i32.const 4))
        (i32.const 0))`);
    const bytes = exported(signature(["u8"], { list: "u8" }), exports.bytes!, undefined, guest, refuse);
    const first = bytes(1);
    bytes(2);
    expect(first).toStrictEqual(new Uint8Array([1, 1, 1, 1]));
  });

  test("a guest that suspends answers later, and refuses bad arguments as a rejection", async () => {
    const guest = await watGuest(ALLOCATOR);
    const later = async (value: number) => value + 1;
    const call = exportedAsync(signature(["u8"], "u8"), later as never, undefined, guest, refuse);
    await expect(call(1)).resolves.toBe(2);
    await expect(call(-1)).rejects.toThrow("parameter p0: wanted a u8 (0 to 255), found -1");
    await expect(call()).rejects.toThrow("parameters: wanted 1 argument, found 0");
  });
});

describe("imports", () => {
  const greeter = `
    (import "host" "greet" (func $greet (param i32 i32 i32)))
    ${ALLOCATOR}
    (func (export "greet") (param i32 i32) (result i32)
      (call $greet (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16))`;
  const greetType = signature(["string"], "string");

  test("a string goes out and another comes back in the area that the guest gave", async () => {
    for (const strings of ["utf8", "utf16", "latin1+utf16"] as const) {
      const { exports, ...guest } = await watGuest(greeter, {
        strings,
        imports: (guest) => ({
          host: { greet: imported(greetType, (name: string) => `Hello, ${name} 👋`, guest) },
        }),
      });
      const greet = exported(greetType, exports.greet!, undefined, guest, refuse);
      expect(greet("Zoë")).toBe("Hello, Zoë 👋");
    }
  });

  test("what the host answers is checked before the guest sees it", async () => {
    const { exports, ...guest } = await watGuest(greeter, {
      imports: (guest) => ({ host: { greet: imported(greetType, () => 5, guest, { name: "greet" }) } }),
    });
    const greet = exported(greetType, exports.greet!, undefined, guest, refuse);
    expect(() => greet("a")).toThrow(
      expect.objectContaining({
        fault: "argument",
        message: "result of greet: wanted a string, found number 5",
      }),
    );
  });

  test("scalars travel as core values, in every arity", async () => {
    const seen: unknown[] = [];
    const three = (...args: unknown[]) => {
      seen.push(args);
      return 7;
    };
    const { exports, ...guest } = await watGuest(
      `(import "host" "now" (func $now (result f64)))
      (import "host" "not" (func $not (param i32) (result i32)))
      (import "host" "sum" (func $sum (param i32 i64) (result i64)))
      (import "host" "three" (func $three (param i32 i32 i32) (result i32)))
      ${ALLOCATOR}
      (func (export "now") (result f64) (call $now))
      (func (export "not") (param i32) (result i32) (call $not (local.get 0)))
      (func (export "sum") (param i32 i64) (result i64) (call $sum (local.get 0) (local.get 1)))
      (func (export "three") (result i32) (call $three (i32.const -1) (i32.const 256) (i32.const 2)))`,
      {
        imports: (guest) => ({
          host: {
            now: imported(signature([], "f64"), () => 0.5, guest),
            not: imported(signature(["bool"], "bool"), (value: boolean) => !value, guest),
            sum: imported(signature(["s8", "u64"], "s64"), (a: number, b: bigint) => BigInt(a) + b, guest),
            three: imported(signature(["u16", "u8", { enum: ["a", "b", "c"] }], "u8"), three, guest),
          },
        }),
      },
    );
    const call = (name: string, type: FunctionType) =>
      exported(type, exports[name]!, undefined, guest, refuse);
    expect(call("now", signature([], "f64"))()).toBe(0.5);
    expect(call("not", signature(["bool"], "bool"))(true)).toBe(false);
    expect(call("sum", signature(["s8", "u64"], "s64"))(-1, 43n)).toBe(42n);
    expect(call("three", signature([], "u8"))()).toBe(7);
    expect(seen).toStrictEqual([[65_535, 0, "c"]]);
  });

  test("of a function whose type is a result, what is thrown becomes the err", async () => {
    const type = signature(["string"], { result: { ok: "u32", err: "string" } });
    const implementation = (path: string) => {
      if (path === "bug") throw new TypeError("a bug");
      if (path === "") throw new Error("no path");
      return path.length;
    };
    const toErr = (error: unknown) => {
      if (error instanceof TypeError) throw error;
      return (error as Error).message;
    };
    const { exports, ...guest } = await watGuest(
      `(import "host" "size" (func $size (param i32 i32 i32)))
      ${ALLOCATOR}
      (func (export "size") (param i32 i32) (result i32)
        (call $size (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16))`,
      { imports: (guest) => ({ host: { size: imported(type, implementation, guest, { toErr }) } }) },
    );
    const size = exported(type, exports.size!, undefined, guest, refuse);
    expect(size("four")).toBe(4);
    expect(() => size("")).toThrow('err: "no path"');
    expect(() => size("bug")).toThrow(new TypeError("a bug"));
  });

  test("an answer that comes later is lowered when it is there, into memory that may have grown", async () => {
    const guest = await watGuest(ALLOCATOR);
    const type = signature(["string"], "string");
    const later = async (text: string) => {
      (guest.exports.memory as unknown as WebAssembly.Memory).grow(1);
      return text.toUpperCase();
    };
    const core = importedAsync(type, later, () => guest);
    guest.memory.bytes.set(Buffer.from("quiet"), 100);
    await core(100, 5, 64);
    const [pointer, length] = new Uint32Array(guest.memory.bytes.buffer, 64, 2);
    expect(Buffer.from(guest.memory.bytes.subarray(pointer, pointer! + length!)).toString()).toBe("QUIET");
    await expect(
      importedAsync(
        type,
        async () => 5,
        () => guest,
      )(100, 5, 64),
    ).rejects.toThrow("result of the import: wanted a string, found number 5");
  });
});
