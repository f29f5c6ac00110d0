/** Resolving: a set of plugins that fit one another and their grants, found out before any of them begins. */
import { printable } from "../../abi/printable.ts";
import { camelCase } from "../../abi/type.ts";
import { bindings } from "../contract/bindings.ts";
import { parseInterface } from "../contract/interface.ts";
import { detail, PluginError } from "../errors.ts";
import type { Grant } from "../grant/capability.ts";
import { linkage } from "../grant/linkage.ts";
import type { Provider } from "../grant/provider.ts";
import { type Import, leftOpen, type Member, manifestOf, titleOf } from "./member.ts";
import { unservedText, type Wiring, wire } from "./wiring.ts";

/** Problems that are named; the rest is counted. */
const TOLD = 12;

/** @throws PluginError `unresolved` naming all that is missing, does not fit, or goes round in a circle */
export function resolve(members: readonly Member[]): Wiring {
  const wiring = wire(members);
  const misfit = members.flatMap((each) => misfits(each, wiring.providers.get(each)!));
  const reads = members.flatMap(unknownReads);
  const problems = [...wiring.problems, ...wiring.open.map(unservedText), ...misfit, ...reads];
  if (problems.length === 0) return wiring;
  const more = problems.length > TOLD ? `; and ${problems.length - TOLD} more` : "";
  const told = problems.slice(0, TOLD).map((each) => printable(each, 1_024));
  throw new PluginError(
    "unresolved",
    `could not load the plugins: ${told.join("; ")}${more}; none of them began`,
  );
}

function unknownReads(member: Member): string[] {
  const exported = new Set(manifestOf(member).exports.map(({ name }) => camelCase(name)));
  const unknown = (member.entry.reads ?? []).filter((each) => !exported.has(each));
  if (unknown.length === 0) return [];
  return [`reads of ${titleOf(member)} names ${unknown.join(", ")}, and it has ${[...exported].join(", ")}`];
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

/** All that counts is that there is one: nothing joins a stand-in. */
const NOBODY = {} as Provider;
