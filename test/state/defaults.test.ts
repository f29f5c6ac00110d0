import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode, parseSchema, type Schema } from "../../abi/tools.ts";
import { cleanUp, crossed, made, running, stateOf } from "./author.ts";
import { oracle } from "./avro-oracle.ts";

afterAll(cleanUp);

const before = `import { FAR, Level as Rank, NAME as FARNAME } from "./constants";
const SECOND = 1000;
const MINUTE: u32 = SECOND * 60;
const BIG = 5_000_000_000;
const DAYS: i64 = 365 * 24;
const WRAPS = 365 * 24 * 60 * 60 * 1000;
const NEGATIVE = -7;
const HALF = 0.5;
const HALF32: f32 = 0.1;
const FLAG = true;
const NAME = "name";
const JOINED = "a" + "b";
const OWN_DAY: Day = 2;
let variable: u32 = 6;
function call(): u32 { return 7; }
type Millis = u64;
type Day = u8;
enum Colour { Red, Green, Blue }
enum Code { Ok = 200, Created, NotFound = 404, Low = -3 }
class Config { ttl: u32 = 30; names: Array<string> = ["a", "b"]; inner: Inner = new Inner(); }
class Inner { on: bool = true; none: Inner | null = null; }
class Pair<A, B> { first: A | null = null; second: B | null = null; count: u8 = 3; }
class Made { n: u32 = 1; constructor() { this.n = 2; } }
class Base { b: u32 = 4; }
class Derived extends Base { d: u32 = 5; }
class Unset { s: string = call().toString(); }
class Sub extends Array<u32> { constructor() { super(); this.push(1); } }
`;
const constants = `const SECOND = 7;
export const FAR: u64 = 40 * SECOND;
export const NAME = "far";
export enum Level { Low, High }
`;

/** Initializers that are constant, whatever they come to. */
const known: readonly (readonly [type: string, initializer: string])[] = [
  ["i64", "1000 * 60"],
  ["u64", "1 << 40"],
  ["i32", "1 << 31"],
  ["i32", "1 << 4"],
  ["u8", "200 + 100"],
  ["u8", "(100 - 200) / 2"],
  ["i8", "-128"],
  ["i8", "127 + 1"],
  ["u16", "<u16>(-1 & 0xff)"],
  ["i16", "0x7fff + 2"],
  ["i32", "0b1010 | 0o17"],
  ["i32", "0xff ^ 0x0f"],
  ["i32", "~5"],
  ["u32", "~0"],
  ["u8", "~0"],
  ["i32", "-7 / 2"],
  ["i32", "-7 % 3"],
  ["i32", "7 >> 1"],
  ["i32", "-8 >> 1"],
  ["u32", "4294967295 >> 1"],
  ["i32", "-8 >>> 28"],
  ["u8", "250 >> 1"],
  ["i32", "2147483647 + 1"],
  ["u32", "4294967295 + 2"],
  ["i64", "9007199254740991"],
  ["u64", "18446744073709551615"],
  ["u64", "u64.MAX_VALUE"],
  ["u64", "<u64>5"],
  ["u64", "5 as u64"],
  ["u8", "<u8>300"],
  ["i8", "<i8>200"],
  ["i32", "<i32>1.9"],
  ["i32", "<i32>-1.9"],
  ["u64", "u64(5)"],
  ["f64", "f64(3) / 2"],
  ["i64", "<i64><i32>-1"],
  ["u64", "<u64><i32>-1 >> 60"],
  ["i64", "-(5)"],
  ["i32", "-(-5)"],
  ["i32", "+5"],
  ["u32", "MINUTE"],
  ["u64", "MINUTE * 60"],
  ["u64", "MINUTE * 100000"],
  ["i64", "BIG"],
  ["i64", "DAYS"],
  ["i64", "WRAPS"],
  ["i32", "NEGATIVE"],
  ["u32", "NEGATIVE"],
  ["i64", "NEGATIVE"],
  ["f64", "HALF"],
  ["f64", "HALF * 3.0"],
  ["f32", "HALF32"],
  ["f32", "HALF32 * 3"],
  ["f64", "HALF32"],
  ["f32", "0.1"],
  ["f32", "0.1 + 0.2"],
  ["f32", "1 / 3.0"],
  ["f32", "16777217"],
  ["f64", "0.1 + 0.2"],
  ["f64", "1e21"],
  ["f64", "5"],
  ["f64", "1 / 3"],
  ["f64", "-1.5e-7"],
  ["f64", "1_000.5"],
  ["f64", "2 - 2.0"],
  ["f64", "Math.PI"],
  ["f64", "Math.E * 2.0"],
  ["f64", "Math.SQRT1_2"],
  ["f64", "Math.SQRT2"],
  ["f64", "Math.LN2"],
  ["f64", "Math.LN10"],
  ["f64", "Math.LOG2E"],
  ["f64", "Math.LOG10E"],
  ["f64", "f64.EPSILON"],
  ["f64", "f64.MAX_VALUE"],
  ["f64", "f64.MIN_VALUE"],
  ["f64", "f64.MIN_NORMAL_VALUE"],
  ["f64", "f64.MAX_SAFE_INTEGER"],
  ["f64", "f64.MIN_SAFE_INTEGER"],
  ["f32", "f32.EPSILON"],
  ["f32", "f32.MAX_VALUE"],
  ["f32", "f32.MIN_VALUE"],
  ["f32", "f32.MIN_NORMAL_VALUE"],
  ["f32", "f32.MAX_SAFE_INTEGER"],
  ["f32", "f32.MIN_SAFE_INTEGER"],
  ...["i8", "u8", "i16", "u16", "i32", "u32"].flatMap((type) => [
    [type, `${type}.MAX_VALUE`] as const,
    [type, `${type}.MIN_VALUE`] as const,
  ]),
  ["i64", "i32.MAX_VALUE"],
  ["u64", "i32.MIN_VALUE >> 4"],
  ["i64", "i64.MAX_VALUE >> 12"],
  ["bool", "true"],
  ["bool", "!true"],
  ["bool", "FLAG"],
  ["bool", "!FLAG"],
  ["bool", "<bool>5"],
  ["u32", "true"],
  ["Millis", "5"],
  ["Millis", "<Millis>5 * SECOND"],
  ["u64", "60 * SECOND"],
  ["i64", "SECOND * BIG"],
  ["i64", "BIG * SECOND"],
  ["u64", "NEGATIVE * <u64>2 >> 40"],
  ["f64", "2.5 * MINUTE"],
  ["f64", "MINUTE / 7.0"],
  ["f64", "HALF32 + HALF"],
  ["f64", "HALF32 * 3 + OWN_DAY"],
  ["f32", "OWN_DAY + HALF32"],
  ["u32", "OWN_DAY * MINUTE"],
  ["i32", "OWN_DAY - 3"],
  ["u16", "FLAG + OWN_DAY"],
  ["i32", "1 << OWN_DAY"],
  ["i64", "DAYS % SECOND - NEGATIVE"],
  ["u8", "OWN_DAY"],
  ["u64", "FAR"],
  ["string", '"a" + "b" + NAME'],
  ["string", '("x")'],
  ["string", "NAME"],
  ["string", "FARNAME"],
  ["string", "`plain`"],
  ["string", '"\\u00e9\\n\\"\\x41"'],
  ["Colour", "Colour.Green"],
  ["Colour", "Rank.High"],
  ["Rank", "Rank.High"],
  ["u32", "Colour.Blue"],
  ["u32", "Code.Created"],
  ["i32", "Code.Low"],
  ["u32", "Code.NotFound + 1"],
  ["Array<u32>", "[1, 2]"],
  ["Array<u32>", "[MINUTE, 1 << 4]"],
  ["u64[]", "[1 << 40, <u64>5]"],
  ["Array<f32>", "[0.1, 1]"],
  ["Array<string>", '["a", NAME]'],
  ["Array<Array<u8>>", "[[1], [], [2, 255]]"],
  ["Array<Colour>", "[Colour.Blue, Colour.Red]"],
  ["Array<Inner>", "[new Inner(), new Inner()]"],
  ["Array<u32>", "new Array<u32>(3)"],
  ["Array<u32>", "new Array(2)"],
  ["Array<bool>", "new Array<bool>(2)"],
  ["Array<u32>", "new Array<u32>()"],
  ["StaticArray<u8>", "[1, 2, 255]"],
  ["StaticArray<u8>", "new StaticArray<u8>(2)"],
  ["Uint8Array", "new Uint8Array(4)"],
  ["Uint8Array", "new Uint8Array(1 + 1)"],
  ["ArrayBuffer", "new ArrayBuffer(3)"],
  ["Uint16Array", "new Uint16Array(2)"],
  ["Float64Array", "new Float64Array(1)"],
  ["Set<string>", "new Set()"],
  ["Set<u32>", "new Set<u32>()"],
  ["Map<string, u32>", "new Map()"],
  ["Map<u32, u32>", "new Map<u32, u32>()"],
  ["Config", "new Config()"],
  ["Inner", "new Inner()"],
  ["Pair<string, Inner>", "new Pair<string, Inner>()"],
  ["Inner | null", "new Inner()"],
  ["Inner | null", "null"],
  ["string | null", '"x"'],
  ["Array<u32> | null", "[5]"],
  ["Option<u32>", "Option.none<u32>()"],
  ["Option<u32>", "Option.some<u32>(5 + 1)"],
  ["Option<string>", 'Option.some("x")'],
  ["Option<Inner>", "Option.some<Inner>(new Inner())"],
  ["Array<string | null>", '[null, "a"]'],
];

/** Initializers whose value nobody but the author knows, or that JSON cannot say. */
const unknown: readonly (readonly [type: string, initializer: string])[] = [
  ["u32", "variable"],
  ["u32", "call()"],
  ["u32", "variable + 1"],
  ["u64", "<u64>1 << SECOND"],
  ["i64", "i64.MAX_VALUE"],
  ["u64", "1 << 60"],
  ["f64", "-0.0"],
  ["f64", "-0"],
  ["f64", "NaN"],
  ["f64", "Infinity"],
  ["f64", "1.0 / 0.0"],
  ["f64", "Math.sqrt(2)"],
  ["string", "call().toString()"],
  ["string", "JOINED"],
  ["string", `\`x$\{variable}\``],
  ["Array<u32>", "[1, call()]"],
  ["Array<u32>", "new Sub()"],
  ["Unset", "new Unset()"],
  ["Made", "new Made()"],
  ["Uint8Array", "Uint8Array.wrap(new ArrayBuffer(3))"],
  ["Uint8Array", "new Uint8Array(<i32>variable)"],
  ["Option<u32>", "Option.some<u32>(call())"],
  ["u32", "FLAG ? 1 : 2"],
  ["Map<string, u32>", "new Map<string, u32>().set('a', 1)"],
];

const fieldsOf = (list: readonly (readonly [string, string])[], letter: string) =>
  list.map(([type, initializer], i) => `  ${letter}${i}: ${type} = ${initializer};\n`).join("");
const program = `${before}
@state class S {
  hits: u32 = 0;
${fieldsOf(known, "k")}${fieldsOf(unknown, "u")}}
state<S>();`;

describe("the default of a field is what the guest's own initializer gives", () => {
  let fresh: Record<string, unknown>;
  let fields: ReadonlyMap<string, { readonly type: Schema; readonly initial?: Uint8Array }>;
  let json: { fields: { name: string; type: unknown; default?: unknown }[] };
  beforeAll(async () => {
    const build = await made(program, { names: "Option, state", files: { "constants.ts": constants } });
    json = build.manifest.state!.schema as typeof json;
    const schema = parseSchema(json);
    if (schema.kind !== "record") throw new Error("no record");
    fields = new Map(schema.fields.map((field) => [field.name, field]));
    const plugin = await running(build);
    fresh = (await stateOf(plugin)) as Record<string, unknown>;
    await plugin.close();
  }, 60_000);

  test.each(known.map(([type, initializer], i) => [`${type} = ${initializer}`, `k${i}`] as const))(
    "%s",
    (_, name) => {
      const { type, initial } = fields.get(name)!;
      expect(initial).toBeDefined();
      expect(decode(type, initial!)).toEqual(fresh[name]);
    },
  );

  test.each(unknown.map(([type, initializer], i) => [`${type} = ${initializer}`, `u${i}`] as const))(
    "and none at all for %s",
    (_, name) => {
      expect(fields.get(name)!.initial).toBeUndefined();
      expect(name in fresh).toBe(true);
    },
  );

  test("and a schema that other tools read", () => {
    oracle(json);
  });
});

test("expressions made at random come to what the guest's do", async () => {
  const seed = 20_261_128;
  let at = seed;
  const below = (n: number) => {
    at = (Math.imul(at, 1_103_515_245) + 12_345) >>> 0;
    return (at >>> 8) % n;
  };
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const types = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"];
  const consts = types.map(
    (type, i) => `const C${i}: ${type} = <${type}>${pick([-3, 7, 200, 70_000, -129])};`,
  );
  const expression = (depth: number): string => {
    if (depth === 0) return pick([`C${below(8)}`, `${below(300)}`, `<${pick(types)}>${below(70_000)}`]);
    const inner = () => expression(depth - 1 - below(depth));
    return pick([
      () => `(${inner()} ${pick(["+", "-", "*", "&", "|", "^"])} ${inner()})`,
      () => `(${inner()} ${pick(["/", "%"])} ${below(9) + 1})`,
      () => `(<${pick(types)}>${inner()} ${pick(["<<", ">>"])} ${below(7)})`,
      () => `(${pick(["-", "~", "+"])}(${inner()}))`,
      () => `<${pick(types)}>${inner()}`,
    ])();
  };
  const fields = [...Array(400).keys()].map((i) => {
    const type = pick([...types, "f64", "f32"]);
    return `  k${i}: ${type} = <${type}>${expression(1 + below(4))};\n`;
  });
  const build = await made(`${consts.join("\n")}\n@state class S {\n${fields.join("")}}\nstate<S>();`);
  const plugin = await running(build);
  const fresh = (await stateOf(plugin)) as Record<string, unknown>;
  await plugin.close();
  const schema = parseSchema(build.manifest.state!.schema);
  if (schema.kind !== "record") throw new Error("no record");
  let known = 0;
  for (const [i, { name, type, initial }] of schema.fields.entries()) {
    if (initial === undefined) continue;
    known++;
    expect(decode(type, initial), `seed ${seed}: ${fields[i]}`).toEqual(fresh[name]);
  }
  expect(known).toBeGreaterThan(300);
}, 60_000);

test("a constructor that may assign a field leaves it without a default", async () => {
  const build = await made(`
class Helper { n: u32 = 1; constructor() { this.init(); } init(): void { this.n = 3; } }
class Base { inherited: u32 = 1; }
class Derived extends Base { own: u32 = 2; kept: u32 = 3; constructor() { super(); this.inherited = 9; this.own = 8; } }
class Param { constructor(public p: u32 = 5) {} }
@state class S {
  one: u32 = 0; two: u32 = 1;
  helper: Helper | null = null; derived: Derived | null = null; param: Param | null = null;
  constructor() { this.two = 5; }
}
state<S>();`);
  const schema = parseSchema(build.manifest.state!.schema);
  const defaults = (schema: Schema): unknown =>
    schema.kind === "record"
      ? schema.fields.filter(({ initial }) => initial !== undefined).map(({ name }) => name)
      : undefined;
  const inner = (name: string) => {
    if (schema.kind !== "record") throw new Error("no record");
    const { type } = schema.fields.find((field) => field.name === name)!;
    return type.kind === "union" ? defaults(type.branches[1]!) : undefined;
  };
  expect(defaults(schema)).toEqual(["one", "helper", "derived", "param"]);
  expect(inner("helper")).toEqual([]);
  expect(inner("derived")).toEqual(["kept"]);
  expect(inner("param")).toEqual([]);
});

test("older state gets new fields with what a new object has", async () => {
  const old = await running(`@state class S { hits: u32 = 0; }
const s = state<S>();
export function hit(): void { s.hits++; }`);
  await old.call.hit!();
  const next = await made(`class Config { ttl: u32 = 30; names: Array<string> = ["a", "b"]; }
@state class S {
  hits: u32 = 0;
  config: Config = new Config();
  limits: Array<u32> = [1, 2];
  timeout: i64 = 1000 * 60;
}
const s = state<S>();
export function timeout(): i64 { return s.timeout; }`);
  expect(next.notes).toEqual([]);
  const { plugin, way } = await crossed(old, next);
  expect(way.kind).toBe("lossless");
  expect(await stateOf(plugin)).toEqual({
    hits: 1,
    config: { ttl: 30, names: ["a", "b"] },
    limits: [1, 2],
    timeout: 60_000n,
  });
  await plugin.close();
});

test("classes of classes make no default larger than a schema should carry", async () => {
  const classes = [...Array(12).keys()].map(
    (i) => `class C${i + 1} { a: C${i} = new C${i}(); b: C${i} = new C${i}(); }`,
  );
  const build = await made(
    `class C0 { n: u32 = 1; }\n${classes.join("\n")}\n@state class S { c: C12 = new C12(); }\nstate<S>();`,
  );
  expect(JSON.stringify(build.manifest.state).length).toBeLessThan(100_000);
  expect(build.notes.join("\n")).toContain("S.c");
});
