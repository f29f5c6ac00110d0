/** What changed from one interface to another, as its callers see it. */
import {
  camelCase,
  type Field,
  type FunctionType,
  type Manifest,
  signature,
  spell,
  type ValueType,
} from "../../../abi/mod.ts";
import type { Contract } from "../../mod.ts";
import { type Asked, bumpBetween, interfaceParts } from "./version.ts";

export interface InterfaceChange {
  /** `report, result.clients`, as JavaScript spells names. */
  readonly path: string;
  /** What was there is not as callers want it; or there is more than they know of. */
  readonly kind: "breaks" | "adds";
  readonly text: string;
}

/** What callers expect: a contract, or what an older version served. */
export interface Expected {
  /** With its version, or the first numbers of it; nothing when the functions are exported by their bare names. */
  readonly interface: string | undefined;
  /** By their names in camelCase. */
  readonly functions: ReadonlyMap<string, FunctionType>;
}

export function expectedOf(manifest: Manifest): Expected {
  const functions = new Map(manifest.exports.map((each) => [camelCase(each.name), each]));
  return { interface: manifest.interface, functions };
}

export function expectedBy(contract: Contract): Expected {
  return { interface: contract.interface.text, functions: contract.functions };
}

/**
 * Compares what callers expect with what a version serves. What breaks is what `load` and `swap` refuse with
 * `mismatch`.
 */
export function interfaceChanges(expected: Expected, next: Manifest): readonly InterfaceChange[] {
  const changes: InterfaceChange[] = [];
  const named = nameChange(expected.interface, next.interface);
  if (named !== undefined) changes.push({ path: "interface", kind: "breaks", text: named });
  const found = expectedOf(next).functions;
  for (const [name, wanted] of expected.functions) {
    const now = found.get(name);
    if (now) changes.push(...functionChanges(name, wanted, now));
    else changes.push({ path: name, kind: "breaks", text: `gone, was ${signature(wanted)}` });
  }
  for (const [name, now] of found) {
    if (!expected.functions.has(name))
      changes.push({ path: name, kind: "adds", text: `new: ${signature(now)}` });
  }
  return changes;
}

/** What the changes ask of the interface's version, and of the plugin's. */
export function askedBy(changes: readonly InterfaceChange[]): Asked {
  if (changes.some(({ kind }) => kind === "breaks")) return "major";
  return changes.length > 0 ? "minor" : "none";
}

/** Why who asks for one interface is not served by the other. */
function nameChange(wanted: string | undefined, found: string | undefined): string | undefined {
  if (found === undefined || wanted === found) return undefined;
  if (wanted === undefined) return `had no name, is ${found}, which serves callers of that name alone`;
  const [one, other] = [interfaceParts(wanted), interfaceParts(found)];
  const problem = `was ${wanted}, is ${found}, which does not serve it`;
  if (one.path !== other.path) return problem;
  // Numbers that are left out stand for every version that starts so.
  const given = one.version.split(".");
  const whole = [...given, ...other.version.split(".").slice(given.length)].join(".");
  const bump = bumpBetween(whole, other.version);
  return bump === "major" || bump === "back" ? problem : undefined;
}

function functionChanges(name: string, wanted: FunctionType, found: FunctionType): InterfaceChange[] {
  const whole = (): InterfaceChange[] => [
    { path: name, kind: "breaks", text: `was ${signature(wanted)}, is ${signature(found)}` },
  ];
  if (wanted.params.length !== found.params.length) return whole();
  if ((wanted.result === undefined) !== (found.result === undefined)) return whole();
  const changes: InterfaceChange[] = [];
  for (const [i, { name: param, type }] of found.params.entries()) {
    const place = `${name}, parameter ${camelCase(param)}`;
    compare(wanted.params[i]!.type, type, { path: place, wider: false, changes });
  }
  if (wanted.result !== undefined && found.result !== undefined) {
    compare(wanted.result, found.result, { path: `${name}, result`, wider: true, changes });
  }
  return changes;
}

interface Place {
  readonly path: string;
  /** Records may have more fields: callers do not look at them. */
  readonly wider: boolean;
  readonly changes: InterfaceChange[];
}

function compare(wanted: ValueType, found: ValueType, place: Place): void {
  const { path, changes } = place;
  const breaks = (text = `was ${spell(wanted)}, is ${spell(found)}`) => {
    changes.push({ path, kind: "breaks", text });
  };
  const inside = (one: ValueType, other: ValueType, step: string) =>
    compare(one, other, { ...place, path: `${path}${step}` });
  const maybe = (one: ValueType | undefined, other: ValueType | undefined, step: string) => {
    if (one !== undefined && other !== undefined) inside(one, other, step);
    else if (one !== other) breaks();
  };
  if (typeof wanted === "string" || typeof found === "string") {
    if (wanted !== found) breaks();
  } else if ("list" in wanted && "list" in found) {
    if (wanted.length !== found.length) breaks();
    else inside(wanted.list, found.list, "[]");
  } else if ("record" in wanted && "record" in found) {
    records(wanted.record, found.record, place);
  } else if ("tuple" in wanted && "tuple" in found && wanted.tuple.length === found.tuple.length) {
    for (const [i, type] of found.tuple.entries()) inside(wanted.tuple[i]!, type, `[${i}]`);
  } else if ("option" in wanted && "option" in found) {
    inside(wanted.option, found.option, "?");
  } else if ("result" in wanted && "result" in found) {
    maybe(wanted.result.ok, found.result.ok, ".ok");
    maybe(wanted.result.err, found.result.err, ".err");
  } else if ("variant" in wanted && "variant" in found) {
    const names = cases(wanted.variant.map(nameOf), found.variant.map(nameOf));
    if (names !== undefined) breaks(names);
    else
      for (const [i, each] of found.variant.entries())
        maybe(wanted.variant[i]!.type, each.type, `.${each.name}`);
  } else if ("map" in wanted && "map" in found) {
    inside(wanted.map[0], found.map[0], "{key}");
    inside(wanted.map[1], found.map[1], "{}");
  } else if ("enum" in wanted && "enum" in found) {
    const names = cases(wanted.enum, found.enum);
    if (names !== undefined) breaks(names);
  } else if ("flags" in wanted && "flags" in found) {
    const names = cases(wanted.flags, found.flags);
    if (names !== undefined) breaks(names);
  } else breaks();
}

function records(wanted: readonly Field[], found: readonly Field[], place: Place): void {
  const { path, wider, changes } = place;
  const wishes = new Map(wanted.map((field) => [field.name, field.type]));
  for (const { name, type } of found) {
    const at = `${path}.${camelCase(name)}`;
    const wish = wishes.get(name);
    wishes.delete(name);
    if (wish !== undefined) compare(wish, type, { ...place, path: at });
    else if (wider) changes.push({ path: at, kind: "adds", text: `new: ${spell(type)}` });
    else changes.push({ path: at, kind: "breaks", text: `callers do not give it: ${spell(type)}` });
  }
  for (const [name, type] of wishes) {
    changes.push({ path: `${path}.${camelCase(name)}`, kind: "breaks", text: `gone, was ${spell(type)}` });
  }
}

/** How the names of cases differ; their order counts, because a case is a number. */
function cases(wanted: readonly string[], found: readonly string[]): string | undefined {
  if (wanted.length === found.length && wanted.every((name, i) => name === found[i])) return undefined;
  const [before, after] = [new Set(wanted), new Set(found)];
  const lost = wanted.filter((name) => !after.has(name));
  const gained = found.filter((name) => !before.has(name));
  const parts = [
    ...(lost.length > 0 ? [`lost ${lost.join(", ")}`] : []),
    ...(gained.length > 0 ? [`gained ${gained.join(", ")}`] : []),
  ];
  return parts.length > 0 ? `its cases ${parts.join(" and ")}` : "its cases are in another order";
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
