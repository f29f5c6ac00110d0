/**
 * Values in plain JSON, as `abi/vectors` spells them for every language, to and from what JavaScript has for
 * them.
 */
import { camelCase, type ValueType } from "../../abi/type.ts";

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

const FLOATS: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity, "-0": -0 };
const ARRAYS = {
  s8: Int8Array,
  u8: Uint8Array,
  s16: Int16Array,
  u16: Uint16Array,
  s32: Int32Array,
  u32: Uint32Array,
  s64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

export function fromPlain(type: ValueType, plain: Plain): unknown {
  if (type === "s64" || type === "u64") return BigInt(plain as string);
  if (type === "f32" || type === "f64") return FLOATS[plain as string] ?? plain;
  if (typeof type === "string") return plain;
  if ("list" in type) {
    const items = (plain as Plain[]).map((item) => fromPlain(type.list, item));
    const Class =
      typeof type.list === "string" && Object.hasOwn(ARRAYS, type.list) && ARRAYS[type.list as "u8"];
    return Class && type.as === undefined ? Class.from(items as never) : items;
  }
  if ("map" in type) {
    const [key, value] = type.map;
    return new Map((plain as [Plain, Plain][]).map(([k, v]) => [fromPlain(key, k), fromPlain(value, v)]));
  }
  if ("tuple" in type) return type.tuple.map((part, i) => fromPlain(part, (plain as Plain[])[i]!));
  if ("record" in type) {
    const fields = plain as Record<string, Plain>;
    return Object.fromEntries(
      type.record.map((f) => [camelCase(f.name), fromPlain(f.type, fields[f.name]!)]),
    );
  }
  if ("enum" in type) return plain;
  if ("flags" in type) {
    return Object.fromEntries(
      type.flags.map((name) => [camelCase(name), (plain as string[]).includes(name)]),
    );
  }
  if ("option" in type) {
    const nested = typeof type.option === "object" && "option" in type.option;
    if (plain === null) return nested ? { tag: "none" } : undefined;
    const val = fromPlain(type.option, (plain as { some: Plain }).some);
    return nested ? { tag: "some", val } : val;
  }
  const [tag, payload] = Object.entries(plain as Record<string, Plain>)[0]!;
  const inner = caseType(type, tag);
  if (inner === undefined) return "result" in type ? { tag, val: undefined } : { tag };
  return { tag, val: fromPlain(inner, payload) };
}

export function toPlain(type: ValueType, value: unknown): Plain {
  if (type === "s64" || type === "u64") return String(value);
  if (type === "f32" || type === "f64") {
    const name = Object.keys(FLOATS).find((key) => Object.is(FLOATS[key], value));
    return name ?? (value as number);
  }
  if (typeof type === "string") return value as Plain;
  if ("list" in type) return Array.from(value as unknown[], (item) => toPlain(type.list, item));
  if ("map" in type) {
    const [key, inner] = type.map;
    return Array.from(value as Map<unknown, unknown>, ([k, v]) => [toPlain(key, k), toPlain(inner, v)]);
  }
  if ("tuple" in type) return type.tuple.map((part, i) => toPlain(part, (value as unknown[])[i]));
  const fields = value as Record<string, unknown>;
  if ("record" in type) {
    return Object.fromEntries(type.record.map((f) => [f.name, toPlain(f.type, fields[camelCase(f.name)])]));
  }
  if ("enum" in type) return value as string;
  if ("flags" in type) return type.flags.filter((name) => fields[camelCase(name)]);
  if ("option" in type) {
    if (typeof type.option === "object" && "option" in type.option) {
      const { tag, val } = value as { tag: string; val?: unknown };
      return tag === "none" ? null : { some: toPlain(type.option, val) };
    }
    return value === undefined ? null : { some: toPlain(type.option, value) };
  }
  const { tag, val } = value as { tag: string; val?: unknown };
  const inner = caseType(type, tag);
  return { [tag]: inner === undefined ? null : toPlain(inner, val) };
}

function caseType(type: Extract<ValueType, { result: unknown } | { variant: unknown }>, tag: string) {
  if ("result" in type) return type.result[tag as "ok" | "err"];
  return type.variant.find((one) => one.name === tag)?.type;
}
