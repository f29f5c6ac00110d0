/** The grants that have a name on the command line. */

import { config, http, kv } from "../../capabilities/mod.ts";
import type { GrantName } from "../../dev/grant-name.ts";
import { GRANTS } from "../../dev/settings.ts";
import { clock, type Grant, log, random } from "../../mod.ts";
import { EXIT, Failure } from "../failure.ts";
import { plain } from "../plain.ts";

type Sink = Parameters<typeof log>[0];

/** @param sink where log lines go */
export function namedGrants(names: readonly GrantName[], sink: Sink): readonly Grant[] {
  return [...new Set(names)].flatMap((name) => of(name, sink));
}

function of(name: GrantName, sink: Sink): readonly Grant[] {
  switch (name) {
    case "log":
      return [log(sink)];
    case "clock":
      return clock();
    case "random":
      return [random()];
    case "config":
      return [config({})];
    case "kv":
      return [kv()];
    case "http":
      return [http({ allow: [] })];
  }
}

/** Adds the grant of another `--grant` option. @throws Failure for an unknown name */
export function addGrant(name: string, before: readonly GrantName[] = []): readonly GrantName[] {
  const known = GRANTS.find((each) => each === name);
  if (known !== undefined) return [...before, known];
  throw new Failure(`could not grant ${plain(name)}: wanted one of ${GRANTS.join(", ")}`, {
    exit: EXIT.usage,
  });
}
