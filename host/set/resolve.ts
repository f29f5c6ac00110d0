/** Resolving: which plugin of a set serves which, found out before any of them begins. */
import { printable } from "../../abi/printable.ts";
import { camelCase } from "../../abi/type.ts";
import { bindings } from "../contract/bindings.ts";
import { parseInterface } from "../contract/interface.ts";
import { unserved } from "../dependency/unserved.ts";
import { detail, PluginError } from "../errors.ts";
import type { Grant } from "../grant/capability.ts";
import { linkage } from "../grant/linkage.ts";
import { type Import, leftOpen, type Member, manifestOf, pathOf, titleOf } from "./member.ts";

/** One plugin of a set that calls another one. */
export interface Dependency {
  /** The name of the one that calls. */
  readonly from: string;
  /** The name of the one that serves it. */
  readonly to: string;
  /** The interface with the version that is asked for. */
  readonly interface: string;
  /** In camelCase. */
  readonly functions: readonly string[];
}

export interface Resolved {
  readonly dependencies: readonly Dependency[];
  /** The members in the order in which they begin: those of one row need nothing of each other. */
  readonly rows: readonly (readonly Member[])[];
  /** The members that each one calls. */
  readonly providers: ReadonlyMap<Member, ReadonlySet<Member>>;
}

/** Problems that are named; the rest is counted. */
const TOLD = 12;

/** @throws PluginError `unresolved` naming all that is missing, does not fit, or goes round in a circle */
export function resolve(members: readonly Member[]): Resolved {
  const { problems, ...found } = survey(members);
  if (problems.length === 0) return found;
  const more = problems.length > TOLD ? `; and ${problems.length - TOLD} more` : "";
  const told = problems.slice(0, TOLD).map((each) => printable(each, 1_024));
  throw new PluginError(
    "unresolved",
    `could not load the plugins: ${told.join("; ")}${more}; none of them began`,
  );
}

/** The same with its problems as texts, for people. */
export function survey(members: readonly Member[]): Resolved & { readonly problems: readonly string[] } {
  const problems = [...namesakes(members), ...members.flatMap(unknownReads)];
  const dependencies: Dependency[] = [];
  const providers = new Map<Member, Set<Member>>();
  for (const member of members) {
    const own = new Map<Import, Member>();
    for (const wanted of leftOpen(member)) {
      const found = providerOf(wanted, member, members);
      if ("problem" in found) problems.push(found.problem);
      else own.set(wanted, found.member);
    }
    providers.set(member, new Set(own.values()));
    for (const [wanted, provider] of own) dependencies.push(dependency(member, wanted, provider));
    problems.push(...misfits(member, own));
  }
  const circles = circlesIn(members, providers);
  problems.push(...circles);
  return { dependencies, rows: circles.length > 0 ? [] : rowsOf(members, providers), providers, problems };
}

function dependency(member: Member, wanted: Import, provider: Member): Dependency {
  return {
    from: manifestOf(member).name,
    to: manifestOf(provider).name,
    interface: wanted.interface,
    functions: wanted.functions.map(({ name }) => camelCase(name)),
  };
}

/** Plugins of one name could not be told apart. */
function namesakes(members: readonly Member[]): string[] {
  const times = new Map<string, number>();
  for (const each of members) times.set(manifestOf(each).name, (times.get(manifestOf(each).name) ?? 0) + 1);
  return [...times]
    .filter(([, count]) => count > 1)
    .map(([name, count]) => `${count} plugins are named ${name}`);
}

function unknownReads(member: Member): string[] {
  const exported = new Set(manifestOf(member).exports.map(({ name }) => camelCase(name)));
  const unknown = (member.entry.reads ?? []).filter((each) => !exported.has(each));
  if (unknown.length === 0) return [];
  return [`reads of ${titleOf(member)} names ${unknown.join(", ")}, and it has ${[...exported].join(", ")}`];
}

function providerOf(
  wanted: Import,
  member: Member,
  members: readonly Member[],
): { readonly member: Member } | { readonly problem: string } {
  const path = pathOf(wanted.interface);
  const asks = `${titleOf(member)} asks for ${wanted.interface}`;
  const named = members.filter((each) => pathOf(manifestOf(each).interface ?? "") === path);
  if (named.length === 0)
    return { problem: `${asks}, which no plugin here serves, and which it was not granted` };
  const { uses = true } = member.entry;
  if (uses !== true && !uses.some((each) => each === path || each === wanted.interface)) {
    const titles = named.map(titleOf).join(", ");
    return {
      problem: `${asks}, which ${titles} serves, and may not call it: permit it by uses: ["${path}"]`,
    };
  }
  const lacks = named.map((each) => unserved(manifestOf(each), wanted));
  const fitting = named.filter((_, i) => lacks[i]!.length === 0);
  if (fitting.length > 1) {
    const which = "leave out all but one, or grant it by hand";
    return { problem: `${asks}, which ${fitting.map(titleOf).join(" and ")} serve; ${which}` };
  }
  if (fitting[0]) return { member: fitting[0] };
  const why = named.map((each, i) => `${titleOf(each)} does not serve that: ${lacks[i]!.join("; ")}`);
  return { problem: `${asks}; ${why.join("; ")}` };
}

/** What else would keep a member from beginning, with grants that stand in for its providers. */
function misfits(member: Member, own: ReadonlyMap<Import, Member>): string[] {
  const { module } = member.content;
  const { contract } = member.entry;
  if (own.size < leftOpen(member).length) return [];
  const standIns = [...new Set(own.values())].map(standInOf);
  const checks = [
    () => contract && bindings(contract, module),
    () => linkage(module, [...member.grants, ...standIns]),
  ];
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      if (error instanceof PluginError) return [detail(error).replace(/^could not load /, "")];
      throw error;
    }
  });
}

function standInOf(member: Member): Grant {
  const { interface: name, exports } = manifestOf(member);
  return {
    interface: parseInterface(name!, `the manifest of ${titleOf(member)}`),
    functions: new Map(
      exports.map((type) => [camelCase(type.name), { type, kind: "effect" as const, async: false }]),
    ),
    provider: NOBODY,
    make: () => ({}),
  };
}

const NOBODY = { rank: 0, join: () => () => {}, serves: () => {} };

/** Each circle once: `a 1.0.0 -> b 1.0.0 -> a 1.0.0`. */
function circlesIn(
  members: readonly Member[],
  providers: ReadonlyMap<Member, ReadonlySet<Member>>,
): string[] {
  const found: string[] = [];
  const done = new Set<Member>();
  for (const start of members) {
    // Not by recursion: a chain may be as long as there are plugins.
    const trail: { readonly member: Member; readonly rest: Iterator<Member> }[] = [];
    const enter = (member: Member) => {
      const at = trail.findIndex((each) => each.member === member);
      if (at >= 0) {
        const circle = [...trail.slice(at).map((each) => each.member), member];
        found.push(`${circle.map(titleOf).join(" -> ")} call one another in a circle`);
      } else if (!done.has(member))
        trail.push({ member, rest: (providers.get(member) ?? [])[Symbol.iterator]() });
    };
    enter(start);
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const next = top.rest.next();
      if (!next.done) enter(next.value);
      else done.add(trail.pop()!.member);
    }
  }
  return found;
}

function rowsOf(
  members: readonly Member[],
  providers: ReadonlyMap<Member, ReadonlySet<Member>>,
): readonly (readonly Member[])[] {
  const rows: Member[][] = [];
  const begun = new Set<Member>();
  let left = members;
  while (left.length > 0) {
    const row = left.filter((each) => [...(providers.get(each) ?? [])].every((other) => begun.has(other)));
    for (const each of row) begun.add(each);
    rows.push(row);
    left = left.filter((each) => !begun.has(each));
  }
  return rows;
}
