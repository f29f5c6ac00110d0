/** The permissions that a version asks for, compared with those of the old version. */
import { servesVersion } from "./interface-version.ts";
import type { Manifest } from "./manifest.ts";
import { signature } from "./spelling.ts";
import { camelCase, type FunctionType } from "./type.ts";

export interface PermissionChange {
  /** With its version. */
  readonly interface: string;
  /**
   * - `asked`: an interface, or functions of one, that the old version did not ask for,
   * - `changed`: a newer version of an interface, or other types: the host's grant has to change,
   * - `kept`, `given-up`.
   */
  readonly kind: "asked" | "changed" | "kept" | "given-up";
  /** In camelCase. */
  readonly functions: readonly string[];
  /** The change, for `changed`. */
  readonly text?: string;
}

type Import = Manifest["imports"][number];

/** @param old without it, all permissions count as kept */
export function permissionChanges(old: Manifest | undefined, next: Manifest): readonly PermissionChange[] {
  if (!old) return next.imports.map((each) => change(each, "kept"));
  const before = new Map(old.imports.map((each) => [nameOf(each).path, each]));
  const changes = next.imports.flatMap((each) => {
    const path = nameOf(each).path;
    const was = before.get(path);
    before.delete(path);
    return was ? compare(was, each) : [change(each, "asked")];
  });
  return [...changes, ...[...before.values()].map((each) => change(each, "given-up"))];
}

/** What a host that granted everything to the old version has to grant besides. */
export function askedBesides(changes: readonly PermissionChange[]): readonly PermissionChange[] {
  return changes.filter(({ kind }) => kind === "asked" || kind === "changed");
}

/** `acme:db/rows@1.0.0 (find, insert)` */
export function permissionText({ interface: name, functions, text }: PermissionChange): string {
  return `${name}${functions.length > 0 ? ` (${functions.join(", ")})` : ""}${text === undefined ? "" : `, which ${text}`}`;
}

function compare(was: Import, is: Import): PermissionChange[] {
  const changes: PermissionChange[] = [];
  const olds = new Map(was.functions.map((each) => [each.name, each]));
  const news = new Map(is.functions.map((each) => [each.name, each]));
  const both = is.functions.filter(({ name }) => olds.has(name));
  if (!servesVersion(nameOf(was).version, nameOf(is).version)) {
    changes.push({ ...change(is, "changed"), text: `was ${was.interface}` });
  }
  const retyped = both.filter((each) => !sameTypes(olds.get(each.name)!, each));
  for (const each of retyped) {
    const text = `was ${signature(olds.get(each.name)!)}, is ${signature(each)}`;
    changes.push({ ...change({ ...is, functions: [each] }, "changed"), text });
  }
  const parts = [
    ["asked", is, is.functions.filter(({ name }) => !olds.has(name))],
    ["given-up", was, was.functions.filter(({ name }) => !news.has(name))],
  ] as const;
  for (const [kind, of, functions] of parts) {
    if (functions.length > 0) changes.push(change({ ...of, functions: [...functions] }, kind));
  }
  const kept = both.filter((each) => sameTypes(olds.get(each.name)!, each));
  const whole = changes.length === 0 || (kept.length > 0 && changes.every(({ text }) => text === undefined));
  return whole ? [change({ ...is, functions: kept }, "kept"), ...changes] : changes;
}

/** Of `acme:db/rows@1.2.0`. */
function nameOf({ interface: name }: Import): { readonly path: string; readonly version: readonly number[] } {
  const at = name.lastIndexOf("@");
  return {
    path: name.slice(0, at),
    version: name
      .slice(at + 1)
      .split(".")
      .map(Number),
  };
}

function change(of: Import, kind: PermissionChange["kind"]): PermissionChange {
  return { interface: of.interface, kind, functions: of.functions.map(({ name }) => camelCase(name)) };
}

function sameTypes(one: FunctionType, other: FunctionType): boolean {
  return signature(one) === signature(other);
}
