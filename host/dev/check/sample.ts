/** Simple values of a type, made up from a seed, for the calls of a rehearsal. */
import { camelCase, isKind, layout, match, type Primitive, type ValueType } from "../../../abi/tools.ts";

/** Returns a number from 0 to below 1. */
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

/** The largest made-up value, in bytes of guest memory, without the memory that it points at. */
const MOST_BYTES = 4096;

/** Whether values of a type can be made up: lists of fixed length may make them too large. */
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
  /**
   * Keeps numbers small, so that a correct guest that loops up to one takes little time and memory.
   * @default false
   */
  readonly small?: boolean;
}

/** A made-up value in the form that callers pass. */
export function sample(type: ValueType, random: Random, options: SampleOptions = {}): unknown {
  const inner = (other: ValueType) => sample(other, random, options);
  const maybe = (other: ValueType | undefined) => (other === undefined ? {} : { val: inner(other) });
  return match<unknown>(type, {
    primitive: (name) => primitive(name, random, options),
    list: ({ list, length = Math.floor(random() * 4) }) => Array.from({ length }, () => inner(list)),
    record: ({ record }) =>
      Object.fromEntries(record.map((field) => [camelCase(field.name), inner(field.type)])),
    tuple: ({ tuple }) => tuple.map(inner),
    option: ({ option }) => {
      const nested = isKind("option", option);
      if (random() < 0.3) return nested ? { tag: "none" } : undefined;
      return nested ? { tag: "some", val: inner(option) } : inner(option);
    },
    result: ({ result }) => {
      const tag = random() < 0.7 ? "ok" : "err";
      return { tag, ...maybe(result[tag]) };
    },
    enum: (type) => pick(type.enum, random),
    flags: ({ flags }) => Object.fromEntries(flags.map((name) => [camelCase(name), random() < 0.5])),
    variant: ({ variant }) => {
      const { name, type } = pick(variant, random);
      return { tag: name, ...maybe(type) };
    },
    map: ({ map: [of, to] }) =>
      new Map(Array.from({ length: Math.floor(random() * 4) }, () => [inner(of), inner(to)])),
  });
}

function primitive(type: Primitive, random: Random, { small = false }: SampleOptions): unknown {
  if (type === "bool") return random() < 0.5;
  if (type === "string") return pick(TEXTS, random);
  if (type === "char") return pick(["a", "Z", "0", " ", "ü", "🙂"], random);
  if (type === "f32" || type === "f64") return pick(small ? FLOATS.slice(0, -1) : FLOATS, random);
  if (type === "u64" || type === "s64") {
    return BigInt(pick(small ? SMALL : [...SMALL, Number.MAX_SAFE_INTEGER], random));
  }
  return random() < 0.1 && !small ? HIGHEST[type] : pick(SMALL, random);
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}
