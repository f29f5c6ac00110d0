/** The source map of a module into which something was put: all places of code are further behind. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * A map names the offset of its first place, and of each further one how much it is behind that.
 *
 * @param map JSON
 * @param by bytes
 * @returns nothing for what is no map of a module
 */
export function shiftedMap(map: string, by: number): string | undefined {
  let json: { readonly mappings?: unknown };
  try {
    json = JSON.parse(map);
  } catch {
    return undefined;
  }
  const { mappings } = json ?? {};
  const first = typeof mappings === "string" ? /^[g-z0-9+/]*[A-Za-f]/.exec(mappings)?.[0] : undefined;
  if (typeof mappings !== "string" || first === undefined) return undefined;
  const moved = `${encoded(decoded(first) + by)}${mappings.slice(first.length)}`;
  return JSON.stringify({ ...json, mappings: moved });
}

/** Base64 digits of five bits each, the lowest first; the sixth says that there are more, the first is the sign. */
function decoded(digits: string): number {
  let value = 0;
  for (const [i, digit] of [...digits].entries()) value += (DIGITS.indexOf(digit) & 31) * 32 ** i;
  return value % 2 === 1 ? -Math.floor(value / 2) : value / 2;
}

function encoded(number: number): string {
  let left = number < 0 ? -number * 2 + 1 : number * 2;
  let digits = "";
  do {
    const more = left >= 32 ? 32 : 0;
    digits += DIGITS[(left % 32) + more];
    left = Math.floor(left / 32);
  } while (left > 0);
  return digits;
}
