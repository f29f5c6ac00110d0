/** The weight of values: the approximate bytes of host memory that they take. */

/** Bytes of an object, a list, or one item in it. */
const SLOT = 16;
/** Deeper values do not fit any type, and are refused when they are lowered. */
const DEEPEST = 64;

/**
 * An object that is reached in several ways takes its memory once; one that is reached from itself ends there.
 *
 * @returns bytes; values that cannot be looked at weigh as much as was found before that
 */
export function weight(value: unknown): number {
  return weighed(value, 0, new Set());
}

/** @param seen the objects that were weighed before */
function weighed(value: unknown, depth: number, seen: Set<object>): number {
  if (typeof value === "string") return SLOT + 2 * value.length;
  if (typeof value !== "object" || value === null || depth === DEEPEST || seen.has(value)) return SLOT;
  if (ArrayBuffer.isView(value)) return SLOT + value.byteLength;
  seen.add(value);
  let sum = SLOT;
  try {
    for (const part of parts(value)) sum += weighed(part, depth + 1, seen);
  } catch {
    // A getter of the caller's that throws: lowering reports it.
  }
  return sum;
}

function parts(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value].flat();
  return value instanceof Set ? value : Object.values(value);
}
