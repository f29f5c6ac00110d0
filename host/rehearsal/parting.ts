/** The first place where two lifted values differ. */

export interface Parting {
  /** The path from the value to that place: `.items[3].name`; empty for the value itself. */
  readonly at: string;
  readonly one: unknown;
  readonly other: unknown;
}

/** The content of a place that only the other value has. */
export const NOTHING: unique symbol = Symbol("nothing");

/**
 * Compares two values of one type as people would: `NaN` equals itself, 0 and -0 are two numbers, and the
 * order of a `Map` or a `Set` does not matter.
 *
 * @returns the first place that differs; nothing when they are equal
 */
export function parting(one: unknown, other: unknown, at = ""): Parting | undefined {
  if (Object.is(one, other)) return undefined;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return { at, one, other };
  }
  if (Array.isArray(one) && Array.isArray(other)) return items(one, other, at);
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) {
    const [a, b] = [one, other] as unknown as ArrayLike<unknown>[];
    return items(a!, b!, at);
  }
  if (one instanceof Map && other instanceof Map) return entries(one, other, at);
  if (one instanceof Set && other instanceof Set) return members(one, other, at);
  return fields(one as Fields, other as Fields, at);
}

type Fields = Readonly<Record<string, unknown>>;

function items(one: ArrayLike<unknown>, other: ArrayLike<unknown>, at: string): Parting | undefined {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [a, b] = [i < one.length ? one[i] : NOTHING, i < other.length ? other[i] : NOTHING];
    const found = parting(a, b, `${at}[${i}]`);
    if (found) return found;
  }
  return undefined;
}

function entries(
  one: ReadonlyMap<unknown, unknown>,
  other: ReadonlyMap<unknown, unknown>,
  at: string,
): Parting | undefined {
  // Keys that are objects can only be compared by their order.
  if (objects(one.keys()) || objects(other.keys())) return items([...one], [...other], at);
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const [a, b] = [one, other].map((map) => (map.has(key) ? map.get(key) : NOTHING));
    const found = parting(a, b, `${at}[${typeof key === "string" ? JSON.stringify(key) : String(key)}]`);
    if (found) return found;
  }
  return undefined;
}

function members(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>, at: string): Parting | undefined {
  if (objects(one) || objects(other)) return items([...one], [...other], at);
  for (const each of one) if (!other.has(each)) return { at, one: each, other: NOTHING };
  for (const each of other) if (!one.has(each)) return { at, one: NOTHING, other: each };
  return undefined;
}

function objects(values: Iterable<unknown>): boolean {
  for (const each of values) if (typeof each === "object" && each !== null) return true;
  return false;
}

function fields(one: Fields, other: Fields, at: string): Parting | undefined {
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = parting(one[name], other[name], `${at}.${name}`);
    if (found) return found;
  }
  return undefined;
}
