/** Versions of interfaces, and which of them can stand for another. */

/**
 * Whether what offers one version serves a user of another: both have the same major version (below 1.0.0 the
 * same minor version), and `offered` is not older. A version with parts left out stands for every version that
 * begins with them.
 */
export function servesVersion(offered: readonly number[], wanted: readonly number[]): boolean {
  if (offered[0] !== wanted[0]) return false;
  if (offered[0] === 0 && differ(offered[1], wanted[1])) return false;
  for (let i = 1; i < 3; i++) {
    const [a, b] = [offered[i], wanted[i]];
    if (a === undefined || b === undefined) return true;
    if (a !== b) return a > b;
  }
  return true;
}

function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
