/** Random programs of WebAssembly: valid, with loops, blocks, calls and memory; they may trap, or never end. */
import { Random } from "../hammer/random.ts";

const TYPES = ["i32", "i64", "f32", "f64"] as const;
type Type = (typeof TYPES)[number];

const INTEGERS = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr".split(" ");
const FLOATS = "add sub mul div min max copysign".split(" ");
const BITS = ["clz", "ctz", "popcnt"];
const ROUNDING = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];
const ORDER = { i: ["eq", "ne", "lt_s", "lt_u", "gt_s", "ge_u"], f: ["eq", "ne", "lt", "gt", "le", "ge"] };
/** What makes a value of one type from one of another. */
const FROM: Readonly<Record<Type, readonly (readonly [Type, string])[]>> = {
  i32: [
    ["i64", "i32.wrap_i64"],
    ["f64", "i32.trunc_sat_f64_s"],
    ["f32", "i32.trunc_f32_u"],
    ["i32", "i32.extend8_s"],
  ],
  i64: [
    ["i32", "i64.extend_i32_s"],
    ["f64", "i64.trunc_sat_f64_u"],
    ["i64", "i64.extend32_s"],
  ],
  f32: [
    ["i32", "f32.convert_i32_s"],
    ["f64", "f32.demote_f64"],
  ],
  f64: [
    ["i64", "f64.convert_i64_u"],
    ["f32", "f64.promote_f32"],
  ],
};

/** A function: its parameters, its other variables, and its result. */
interface Signature {
  readonly params: readonly Type[];
  readonly locals: readonly Type[];
  readonly result: Type | undefined;
}

/** The text of a module whose functions are exported as `f0`, `f1` and on. */
export function program(seed: number): string {
  const random = new Random(seed);
  const type = () => random.pick(TYPES);
  const some = (most: number) => Array.from({ length: random.whole(0, most) }, type);
  const functions: Signature[] = Array.from({ length: random.whole(1, 4) }, () => ({
    params: some(3),
    locals: some(4),
    result: random.chance(0.8) ? type() : undefined,
  }));
  const texts = functions.map((_, i) => new Body(random, functions, i).text());
  return `(module (memory (export "memory") 1 3) (global $g (mut i64) (i64.const 5)) (data (i32.const 8) "hello")
    (table ${functions.length} funcref) (elem (i32.const 0) ${functions.map((_, i) => `$f${i}`).join(" ")})
    ${texts.join("\n")})`;
}

class Body {
  readonly #random: Random;
  readonly #functions: readonly Signature[];
  readonly #own: number;
  /** Instructions that it may still have. */
  #left: number;
  /** The labels around, from the outside in: none has a value. */
  readonly #labels: string[] = [];
  #names = 0;

  constructor(random: Random, functions: readonly Signature[], own: number) {
    this.#random = random;
    this.#functions = functions;
    this.#own = own;
    this.#left = random.whole(5, 150);
  }

  text(): string {
    const { params, locals, result } = this.#functions[this.#own]!;
    const head = `(func $f${this.#own} (export "f${this.#own}")${params.map((each) => ` (param ${each})`).join("")}`;
    const end = result ? ` (result ${result})` : "";
    const body = `${this.#statements()} ${result ? this.#value(result, 0) : ""}`;
    return `${head}${end}${locals.map((each) => ` (local ${each})`).join("")} ${body})`;
  }

  #statements(): string {
    const all: string[] = [];
    for (let n = this.#random.whole(0, 4); n > 0 && this.#left > 0; n--) all.push(this.#statement());
    return all.join(" ");
  }

  #statement(): string {
    const random = this.#random;
    this.#left--;
    const truth = () => this.#value("i32", 0);
    switch (random.whole(0, 9)) {
      case 0:
        return this.#labelled("block", () => this.#statements());
      case 1:
      case 2:
        return this.#labelled("loop", (label) => `${this.#statements()} (br_if ${label} ${truth()})`);
      case 3:
        return `(if ${truth()} (then ${this.#statements()}) (else ${this.#statements()}))`;
      case 4: {
        if (this.#labels.length === 0) return "(nop)";
        const label = () => random.pick(this.#labels);
        return random.chance(0.7)
          ? `(br_if ${label()} ${truth()})`
          : `(block (br_table ${label()} ${label()} ${label()} ${truth()}))`;
      }
      case 5:
        return `(global.set $g ${this.#value("i64", 0)})`;
      case 6: {
        const type = random.pick(TYPES);
        return `(${type}.store (i32.and ${this.#value("i32", 0)} (i32.const 1023)) ${this.#value(type, 0)})`;
      }
      case 7:
        return random.pick([
          `(memory.fill (i32.const ${random.whole(0, 900)}) ${truth()} (i32.const ${random.whole(0, 300)}))`,
          `(memory.copy (i32.const ${random.whole(0, 900)}) (i32.const 8) (i32.const ${random.whole(0, 66_000)}))`,
          "(drop (memory.grow (i32.const 1)))",
        ]);
      case 8: {
        const { result } = this.#functions[this.#own]!;
        return `(if ${truth()} (then (return ${result ? this.#value(result, 0) : ""})))`;
      }
      default:
        return this.#assignment();
    }
  }

  #labelled(kind: string, body: (label: string) => string): string {
    const label = `$l${this.#names++}`;
    this.#labels.push(label);
    const text = `(${kind} ${label} ${body(label)})`;
    this.#labels.pop();
    return text;
  }

  #assignment(): string {
    const variables = this.#variables();
    if (variables.length === 0) return `(drop ${this.#value(this.#random.pick(TYPES), 0)})`;
    const at = this.#random.whole(0, variables.length - 1);
    return `(local.set ${at} ${this.#value(variables[at]!, 0)})`;
  }

  #variables(): readonly Type[] {
    const { params, locals } = this.#functions[this.#own]!;
    return [...params, ...locals];
  }

  #value(type: Type, depth: number): string {
    const random = this.#random;
    this.#left--;
    if (depth > 5 || this.#left <= 0 || random.chance(0.25)) return this.#leaf(type);
    const inner = (of: Type) => this.#value(of, depth + 1);
    const isInteger = type === "i32" || type === "i64";
    switch (random.whole(0, 7)) {
      case 0: {
        const [from, how] = random.pick(FROM[type]);
        return `(${how} ${inner(from)})`;
      }
      case 1:
        return `(${type}.${random.pick(isInteger ? BITS : ROUNDING)} ${inner(type)})`;
      case 2: {
        if (type !== "i32") return `(select ${inner(type)} ${inner(type)} ${inner("i32")})`;
        const of = random.pick(TYPES);
        const orders = of === "i32" || of === "i64" ? ORDER.i : ORDER.f;
        return `(${of}.${random.pick(orders)} ${inner(of)} ${inner(of)})`;
      }
      case 3:
        return `(${type}.load (i32.and ${inner("i32")} (i32.const 1023)))`;
      case 4:
        return this.#call(type, inner);
      case 5:
        return `(if (result ${type}) ${inner("i32")} (then ${inner(type)}) (else ${inner(type)}))`;
      default:
        return `(${type}.${random.pick(isInteger ? INTEGERS : FLOATS)} ${inner(type)} ${inner(type)})`;
    }
  }

  #call(type: Type, inner: (of: Type) => string): string {
    const fitting = this.#functions.flatMap(({ result, params }, i) =>
      result === type ? [{ i, params }] : [],
    );
    if (fitting.length === 0) return this.#leaf(type);
    const { i, params } = this.#random.pick(fitting);
    const args = params.map(inner).join(" ");
    if (this.#random.chance(0.7)) return `(call $f${i} ${args})`;
    const taken = params.map((each) => `(param ${each})`).join(" ");
    return `(call_indirect ${taken} (result ${type}) ${args} (i32.const ${i}))`;
  }

  #leaf(type: Type): string {
    const random = this.#random;
    const known = this.#variables().flatMap((each, i) => (each === type ? [i] : []));
    if (known.length > 0 && random.chance(0.7)) return `(local.get ${random.pick(known)})`;
    if (type === "i64" && random.chance(0.2)) return "(global.get $g)";
    const integers = [0, 1, 2, 7, 64, -1, 255, 65_536, 2_147_483_647, -2_147_483_648];
    const floats = ["0", "-0", "1.5", "1e30", "-7.25", "inf", "4294967296"];
    const constant = type === "i32" || type === "i64" ? random.pick(integers) : random.pick(floats);
    return `(${type}.const ${constant})`;
  }
}
