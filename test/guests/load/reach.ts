/** Room for a number: twice as much each time. */
export function reach(times: Uint8Array, n: u32): Uint8Array {
  if (n < <u32>times.length) return times;
  const more = new Uint8Array(max(256, 2 * n + 1));
  more.set(times);
  return more;
}
