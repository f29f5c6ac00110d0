/** Metering: a rewritten module is valid, gives the same answers, and pays for what it does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { type Metered, metered } from "../../abi/wasm/metering.ts";
import { build } from "../kept/build.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const root = fileURLToPath(new URL("../../", import.meta.url));
const NARROW = { start: 0, most: 1_000_000 };
const WIDE = { start: 0, most: 1e12 };

function assembled(text: string): Bytes {
  const module = binaryen.parseText(`(module ${text})`);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary() as Bytes;
  module.dispose();
  return bytes;
}

/** Calls `run` with a full tank. @returns its answer, and what it took */
function ran(made: Metered, fuel: number, imports: WebAssembly.Imports = {}) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made.bytes), imports);
  const [fill, left, run] = [made.fill, made.left, "run"].map(
    (name) => exports[name] as (n?: number) => number,
  );
  fill!(fuel);
  return { answer: run!(), used: fuel - left!() };
}

/** What compilers emit, by feature. Each has a function `run`. */
const FEATURES: Readonly<Record<string, string>> = {
  "loops in loops": `(func (export "run") (result i32) (local $i i32) (local $j i32) (local $sum i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $i) (local.get $j))))
        (br_if $inner (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 7))))
      (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (local.get $sum))`,
  "multiple values": `(func $two (result i32 i64) (i32.const 3) (i64.const 4))
    (func (export "run") (result i32) (local $n i32)
      (loop $again (param) (result i32)
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 5)))
        (local.get $n)) (call $two) (i32.wrap_i64) (i32.add) (i32.add))`,
  "runs of memory": `(memory 1 4) (data $d "hello")
    (func (export "run") (result i32)
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 5))
      (memory.copy (i32.const 64) (i32.const 0) (i32.const 5))
      (memory.fill (i32.const 128) (i32.const 7) (i32.const 1000))
      (data.drop $d)
      (i32.add (memory.grow (i32.const 2)) (i32.add (i32.load (i32.const 64)) (i32.load (i32.const 200)))))`,
  tables: `(table $t 4 funcref) (elem declare func $f) (elem $e func $f)
    (type $n (func (result i32)))
    (func $f (result i32) (i32.const 42))
    (func (export "run") (result i32)
      (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
      (table.fill $t (i32.const 1) (ref.func $f) (i32.const 2))
      (table.copy $t $t (i32.const 3) (i32.const 0) (i32.const 1))
      (drop (table.grow $t (ref.null func) (i32.const 5)))
      (i32.add (call_indirect $t (type $n) (i32.const 3)) (table.size $t)))`,
  vectors: `(memory 1)
    (func (export "run") (result i32)
      (v128.store (i32.const 0) (i32x4.mul (i32x4.splat (i32.const 3)) (v128.const i32x4 1 2 3 4)))
      (v128.store32_lane 2 (i32.const 32) (v128.load (i32.const 0)))
      (i32.add (i32.load (i32.const 32)) (i8x16.extract_lane_u 4 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (v128.load (i32.const 0)) (v128.load32_zero (i32.const 4))))))`,
  "relaxed vectors": `(func (export "run") (result i32)
    (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (f32x4.splat (f32.const 7)))))`,
  "conversions that saturate, and signs": `(func (export "run") (result i32)
    (i32.add (i32.trunc_sat_f64_s (f64.const 1e30)) (i32.extend8_s (i32.const 255))))`,
  "tail calls": `(func $down (param $n i32) (result i32)
      (if (result i32) (local.get $n) (then (return_call $down (i32.sub (local.get $n) (i32.const 1)))) (else (i32.const 9))))
    (func (export "run") (result i32) (call $down (i32.const 1000)))`,
  "exceptions (legacy)": `(tag $e (param i32))
    (func (export "run") (result i32)
      (try (result i32) (do (throw $e (i32.const 5))) (catch $e (i32.add (i32.const 1))) (catch_all (i32.const 0))))`,
  exceptions: `(tag $e (param i32))
    (func (export "run") (result i32)
      (block $h (result i32)
        (try_table (catch $e $h) (throw $e (i32.const 8)))
        (i32.const 1)))`,
  atomics: `(memory 1 1 shared)
    (func (export "run") (result i32)
      (atomic.fence)
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 5)))
      (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
      (i32.atomic.load (i32.const 0)))`,
  "typed references": `(type $f (func (result i32)))
    (func $seven (type $f) (i32.const 7)) (elem declare func $seven)
    (func (export "run") (result i32)
      (local $r (ref null $f))
      (local.set $r (ref.func $seven))
      (call_ref $f (ref.as_non_null (local.get $r))))`,
  objects: `(type $point (struct (field $x (mut i32)) (field $y i32))) (type $list (array (mut i32)))
    (func (export "run") (result i32) (local $p (ref null $point)) (local $l (ref null $list))
      (local.set $p (struct.new $point (i32.const 3) (i32.const 4)))
      (struct.set $point $x (local.get $p) (i32.const 5))
      (local.set $l (array.new $list (i32.const 2) (i32.const 10)))
      (array.fill $list (local.get $l) (i32.const 0) (i32.const 6) (i32.const 5))
      (array.copy $list $list (local.get $l) (i32.const 5) (local.get $l) (i32.const 0) (i32.const 2))
      (i32.add (i31.get_s (ref.i31 (i32.const 1)))
        (i32.add (array.get $list (local.get $l) (i32.const 6))
          (i32.add (array.len (local.get $l)) (struct.get $point $x (local.get $p))))))`,
  casts: `(type $a (struct (field i32))) 
    (func (export "run") (result i32) (local $r anyref)
      (local.set $r (struct.new $a (i32.const 4)))
      (block $yes (result (ref $a))
        (drop (br_on_cast $yes anyref (ref $a) (local.get $r)))
        (return (i32.const 0)))
      (struct.get $a 0))`,
};

describe("a metered module", () => {
  it.each(Object.entries(FEATURES))("has the same answer, and takes just what it pays for: %s", (_, text) => {
    const bytes = assembled(text);
    const made = [NARROW, WIDE].map((options) => metered(new WasmBinary(bytes), options));
    if (!WebAssembly.validate(bytes)) return;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const answer = (exports.run as () => number)();
    const [narrow, wide] = made.map((each) => ran(each, 1_000_000));
    expect(narrow).toEqual({ answer, used: wide!.used });
    expect(wide!.answer).toBe(answer);
    // Exactly so much is enough, in both widths, and one unit less is not.
    for (const each of made) {
      expect(ran(each, narrow!.used).answer).toBe(answer);
      if (narrow!.used > 0) expect(() => ran(each, narrow!.used - 1)).toThrow(WebAssembly.RuntimeError);
    }
  });

  it("is made of every module that is installed here", () => {
    const folder = join(root, "node_modules");
    const files = readdirSync(folder, { recursive: true }) as string[];
    let seen = 0;
    for (const file of files.filter((each) => each.endsWith(".wasm"))) {
      const bytes = new Uint8Array(readFileSync(join(folder, file)));
      if (bytes[6] === 1 || !WebAssembly.validate(bytes)) continue;
      seen++;
      expect([file, WebAssembly.validate(metered(new WasmBinary(bytes), NARROW).bytes)]).toEqual([
        file,
        true,
      ]);
    }
    expect(seen).toBeGreaterThan(0);
  });

  it("has its own names, whatever the module's are, and drops what speaks of offsets", () => {
    const text = `(func (export "moult:fuel/fill") (result i32) (i32.const 1)) (func (export "moult:fuel/left'") (result i32) (i32.const 2))
      (func (export "run") (result i32) (i32.const 3))`;
    const made = metered(new WasmBinary(assembled(text)), NARROW);
    expect([made.fill, made.left]).toEqual(["moult:fuel/fill'", "moult:fuel/left"]);
    expect(ran(made, 5).answer).toBe(3);
  });

  it("runs no further than its start section may", () => {
    const text = `(func $start (local $i i32) (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $again (i32.lt_u (local.get $i) (i32.const 100)))))
      (start $start) (func (export "run") (result i32) (i32.const 3))`;
    const started = (start: number) =>
      ran(metered(new WasmBinary(assembled(text)), { start, most: 1_000 }), 1_000).answer;
    expect(started(10_000)).toBe(3);
    expect(() => started(100)).toThrow(WebAssembly.RuntimeError);
  });

  it("pays for a run by its length, and not for a growth that cannot be", () => {
    const used = (body: string) =>
      ran(
        metered(new WasmBinary(assembled(`(memory 100) (func (export "run") (result i32) ${body})`)), WIDE),
        1e9,
      ).used;
    const fill = (count: number) =>
      used(`(memory.fill (i32.const 0) (i32.const 1) (i32.const ${count})) (i32.const 0)`);
    expect(fill(6_400_000) - fill(0)).toBe(100_000);
    const grow = (pages: number) => used(`(memory.grow (i32.const ${pages}))`);
    expect(grow(10) - grow(0)).toBe(10 * 1024);
    expect(grow(-1)).toBe(grow(0));
  });

  it("is not made of memories and tables of 64 bits", () => {
    for (const text of ["(memory i64 1)", "(table i64 1 funcref)"])
      expect(() => metered(new WasmBinary(assembled(text)), NARROW)).toThrow(Malformed);
  });
});

describe("bytes that somebody changed", () => {
  it("are refused as malformed, or are metered as well as they were valid", async () => {
    const { wasm } = await build(new URL("../guests/limits/runaway.ts", import.meta.url));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(wasm.length - 9), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(wasm);
          for (const [at, byte] of changes) bytes[at + 8] = byte;
          let made: Metered;
          try {
            made = metered(new WasmBinary(bytes), NARROW);
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed);
            return;
          }
          if (WebAssembly.validate(bytes)) expect(WebAssembly.validate(made.bytes)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("with an instruction that is not known are named by it", () => {
    const bytes = assembled(`(func (export "run") (result i32) (i32.const 3))`);
    const at = bytes.findIndex((each, i) => each === 0x41 && bytes[i + 1] === 3 && bytes[i + 2] === 0x0b);
    bytes[at] = 0x27;
    expect(() => metered(new WasmBinary(bytes), NARROW)).toThrow(
      `at byte ${at}: found the unknown instruction 0x27`,
    );
    bytes.set([0xfc, 18], at);
    expect(() => metered(new WasmBinary(bytes), NARROW)).toThrow(
      `at byte ${at}: found the unknown instruction 0xfc 18`,
    );
  });
});
