/** The weight of values: the approximate bytes of host memory that they take. */

/** Bytes of an object, a list, or one item in it. */
const SLOT = 16;
/** Deeper values do not fit any type, and are refused when they are lowered. */
const DEEPEST = 64;

/** @returns bytes; values that cannot be looked at weigh as much as was found before that */
export function weight(value: unknown, depth = 0): number {
  if (typeof value === "string") return SLOT + 2 * value.length;
  if (typeof value !== "object" || value === null || depth === DEEPEST) return SLOT;
  if (ArrayBuffer.isView(value)) return SLOT + value.byteLength;
  let sum = SLOT;
  try {
    for (const part of parts(value)) sum += weight(part, depth + 1);
  } catch {
    // A getter of the caller's that throws: lowering reports it.
  }
  return sum;
}

function parts(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value].flat();
  return value instanceof Set ? value : Object.values(value);
}
