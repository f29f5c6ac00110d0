/** Wiring: which plugin of a set serves which import, by their manifests alone. */
import { camelCase } from "../../abi/type.ts";
import { unserved } from "../dependency/unserved.ts";
import { mayUse } from "./granted.ts";
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

export interface Wiring {
  readonly dependencies: readonly Dependency[];
  /** The members that serve each one, by its imports. */
  readonly providers: ReadonlyMap<Member, ReadonlyMap<Import, Member>>;
  /** Imports that no member has an interface for. */
  readonly open: readonly (readonly [Member, Import])[];
  /** The members in the order in which they begin: those of one row need nothing of each other. */
  readonly rows: readonly (readonly Member[])[];
  /** What does not fit, is there twice, is not permitted or goes round in a circle, as texts for people. */
  readonly problems: readonly string[];
}

export function wire(members: readonly Member[]): Wiring {
  const problems = namesakes(members);
  const open: [Member, Import][] = [];
  const dependencies: Dependency[] = [];
  const providers = new Map<Member, Map<Import, Member>>();
  for (const member of members) {
    const own = new Map<Import, Member>();
    providers.set(member, own);
    for (const wanted of leftOpen(member)) {
      const found = providerOf(wanted, member, members);
      if (found === undefined) open.push([member, wanted]);
      else if ("problem" in found) problems.push(found.problem);
      else {
        own.set(wanted, found.member);
        dependencies.push(dependency(member, wanted, found.member));
      }
    }
  }
  const calls = new Map([...providers].map(([member, own]) => [member, new Set(own.values())]));
  const circles = circlesIn(members, calls);
  const rows = circles.length > 0 ? [] : rowsOf(members, calls);
  return { dependencies, providers, open, rows, problems: [...problems, ...circles] };
}

/** Why an import that nobody serves is a problem. */
export function unservedText([member, wanted]: readonly [Member, Import]): string {
  return `${titleOf(member)} asks for ${wanted.interface}, which no plugin here serves, and which it was not granted`;
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

function providerOf(
  wanted: Import,
  member: Member,
  members: readonly Member[],
): { readonly member: Member } | { readonly problem: string } | undefined {
  const path = pathOf(wanted.interface);
  const asks = `${titleOf(member)} asks for ${wanted.interface}`;
  const named = members.filter((each) => pathOf(manifestOf(each).interface ?? "") === path);
  if (named.length === 0) return undefined;
  const { uses = true } = member.entry;
  if (!mayUse(uses, path)) {
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
