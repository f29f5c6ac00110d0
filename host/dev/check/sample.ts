/** Simple values of a type, made up from a seed: what a rehearsal calls with. */
import { camelCase, layout, type ValueType } from "../../../abi/mod.ts";

/** Answers a number from 0 to below 1. */
export type Random = () => number;

/** The same seed gives the same numbers, everywhere (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that one made-up value may take in the guest, not counting what it points at. */
const MOST_BYTES = 4096;

/** Whether values of a type can be made up: not when lists of fixed length make it large. */
export function canSample(type: ValueType): boolean {
  return layout(type).size <= MOST_BYTES;
}

const TEXTS = [
  "",
  "a",
  "hello",
  "two words",
  "203.0.113.7 - - GET /a?b=c",
  "grüße 你好 🙂",
  "0",
  "line\nline",
];
const SMALL = [0, 1, 2, 3, 7, 10, 42, 100];
const HIGHEST = {
  s8: 127,
  u8: 255,
  s16: 32_767,
  u16: 65_535,
  s32: 2_147_483_647,
  u32: 4_294_967_295,
} as const;
const FLOATS = [0, 1, -1, 0.5, 3.25, -0.001, 1e6];

export interface SampleOptions {
  /** Numbers that loops may end at: nothing takes long, or much memory, that is not wrong already. @default false */
  readonly small?: boolean;
}

/** A value as callers give it. */
export function sample(type: ValueType, random: Random, options: SampleOptions = {}): unknown {
  const { small = false } = options;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const inner = (other: ValueType) => sample(other, random, options);
  const maybe = (other: ValueType | undefined) => (other === undefined ? {} : { val: inner(other) });
  if (typeof type === "string") {
    if (type === "bool") return random() < 0.5;
    if (type === "string") return pick(TEXTS);
    if (type === "char") return pick(["a", "Z", "0", " ", "ü", "🙂"]);
    if (type === "f32" || type === "f64") return pick(small ? FLOATS.slice(0, -1) : FLOATS);
    if (type === "u64" || type === "s64") {
      return BigInt(pick(small ? SMALL : [...SMALL, Number.MAX_SAFE_INTEGER]));
    }
    return random() < 0.1 && !small ? HIGHEST[type] : pick(SMALL);
  }
  if ("list" in type) {
    const length = type.length ?? Math.floor(random() * 4);
    return Array.from({ length }, () => inner(type.list));
  }
  if ("record" in type) {
    return Object.fromEntries(type.record.map((field) => [camelCase(field.name), inner(field.type)]));
  }
  if ("tuple" in type) return type.tuple.map(inner);
  if ("option" in type) {
    const nested = typeof type.option === "object" && "option" in type.option;
    if (random() < 0.3) return nested ? { tag: "none" } : undefined;
    return nested ? { tag: "some", val: inner(type.option) } : inner(type.option);
  }
  if ("result" in type) {
    const tag = random() < 0.7 ? "ok" : "err";
    return { tag, ...maybe(type.result[tag]) };
  }
  if ("enum" in type) return pick(type.enum);
  if ("flags" in type) return Object.fromEntries(type.flags.map((name) => [camelCase(name), random() < 0.5]));
  if ("map" in type) {
    const entries = Array.from({ length: Math.floor(random() * 4) }, () => type.map.map(inner));
    return new Map(entries as [unknown, unknown][]);
  }
  const chosen = pick(type.variant);
  return { tag: chosen.name, ...maybe(chosen.type) };
}
