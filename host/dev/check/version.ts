/** The step between two semantic versions, and the step that a change requires. */

/**
 * `back` is a step to an older version. Below 1.0.0 a minor version may break, so there it counts as `major`.
 */
export type Bump = "back" | "none" | "patch" | "minor" | "major";
/** The step that a change requires. */
export type Asked = Exclude<Bump, "back">;

const ORDER: readonly Bump[] = ["back", "none", "patch", "minor", "major"];

interface Version {
  readonly numbers: readonly [number, number, number];
  readonly pre: readonly string[];
}

/** @param from with all three numbers, as `to`; a part behind `+` is ignored */
export function bumpBetween(from: string, to: string): Bump {
  const [one, other] = [parse(from), parse(to)];
  const [a, b] = [one.numbers, other.numbers];
  const at = a.findIndex((number, i) => number !== b[i]);
  if (at === -1) {
    const order = comparePre(one.pre, other.pre);
    if (order > 0) return "back";
    // A prerelease such as 1.0.0-rc.1 has promised nothing yet.
    return order === 0 ? "none" : "major";
  }
  if (b[at]! < a[at]!) return "back";
  if (a[0] === 0 && b[0] === 0) return at === 1 ? "major" : "minor";
  return (["major", "minor", "patch"] as const)[at]!;
}

/** Whether a step is large enough for a change. */
export function promises(bump: Bump, asked: Asked): boolean {
  return ORDER.indexOf(bump) >= ORDER.indexOf(asked);
}

/** The lowest version after `from` that announces a change. */
export function lowest(from: string, asked: Asked): string {
  const { numbers, pre } = parse(from);
  const [major, minor, patch] = numbers;
  if (asked === "none") return from;
  if (pre.length > 0) return numbers.join(".");
  if (asked === "major") return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
  if (asked === "minor" && major > 0) return `${major}.${minor + 1}.0`;
  return `${major}.${minor}.${patch + 1}`;
}

/** Splits `demo:logs/handler@1.2.0`. */
export function interfaceParts(name: string): { readonly path: string; readonly version: string } {
  const at = name.lastIndexOf("@");
  return { path: name.slice(0, at), version: name.slice(at + 1) };
}

function parse(text: string): Version {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([^+]*))?/.exec(text);
  if (!match) return { numbers: [0, 0, 0], pre: [] };
  const numbers = [Number(match[1]), Number(match[2]), Number(match[3])] as const;
  return { numbers, pre: match[4] ? match[4].split(".") : [] };
}

/** The order of semver: no prerelease is the highest, and numbers come before words. */
function comparePre(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === y) continue;
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const [n, m] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (n && m && Number(x) !== Number(y)) return Number(x) - Number(y);
    if (n !== m) return n ? -1 : 1;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
