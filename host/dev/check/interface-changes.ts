/** The changes between two interfaces, from their callers' point of view. */
import {
  camelCase,
  type Field,
  type FunctionType,
  type Manifest,
  matchPair,
  signature,
  spell,
  type ValueType,
} from "../../../abi/tools.ts";
import type { Contract } from "../../mod.ts";
import { type Asked, bumpBetween, interfaceParts } from "./version.ts";

export interface InterfaceChange {
  /** `report, result.clients`, with names as in JavaScript. */
  readonly path: string;
  /** `breaks`: a thing that callers use has changed or is gone. `adds`: there is more than callers know. */
  readonly kind: "breaks" | "adds";
  readonly text: string;
}

/** What callers expect: a contract, or an older version. */
export interface Expected {
  /**
   * With its version, or the first numbers of it; missing when the functions are exported without an
   * interface.
   */
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
 * Compares what callers expect with what a version serves. `breaks` is what `load` and `swap` refuse with
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

/** The step of a version number that the changes require. */
export function askedBy(changes: readonly InterfaceChange[]): Asked {
  if (changes.some(({ kind }) => kind === "breaks")) return "major";
  return changes.length > 0 ? "minor" : "none";
}

/** Why a version with the interface `found` does not serve callers of `wanted`. */
function nameChange(wanted: string | undefined, found: string | undefined): string | undefined {
  if (found === undefined || wanted === found) return undefined;
  if (wanted === undefined) return `had no name, is ${found}, which serves callers of that name alone`;
  const [one, other] = [interfaceParts(wanted), interfaceParts(found)];
  const problem = `was ${wanted}, is ${found}, which does not serve it`;
  if (one.path !== other.path) return problem;
  // Numbers that are left out stand for every version that begins with the others.
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
  /** Whether records may have more fields, which callers ignore. */
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
  const named = (one: readonly string[], other: readonly string[]) => {
    const names = cases(one, other);
    if (names !== undefined) breaks(names);
    return names === undefined;
  };
  matchPair<void>(
    wanted,
    found,
    {
      primitive: (one, other) => {
        if (one !== other) breaks();
      },
      list: (one, other) => {
        if (one.length !== other.length) breaks();
        else inside(one.list, other.list, "[]");
      },
      record: (one, other) => records(one.record, other.record, place),
      tuple: (one, other) => {
        if (one.tuple.length !== other.tuple.length) breaks();
        else for (const [i, type] of other.tuple.entries()) inside(one.tuple[i]!, type, `[${i}]`);
      },
      option: (one, other) => inside(one.option, other.option, "?"),
      result: (one, other) => {
        maybe(one.result.ok, other.result.ok, ".ok");
        maybe(one.result.err, other.result.err, ".err");
      },
      enum: (one, other) => void named(one.enum, other.enum),
      flags: (one, other) => void named(one.flags, other.flags),
      variant: (one, other) => {
        if (!named(one.variant.map(nameOf), other.variant.map(nameOf))) return;
        for (const [i, { name, type }] of other.variant.entries())
          maybe(one.variant[i]!.type, type, `.${name}`);
      },
      map: (one, other) => {
        inside(one.map[0], other.map[0], "{key}");
        inside(one.map[1], other.map[1], "{}");
      },
    },
    breaks,
  );
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
