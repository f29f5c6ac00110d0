/** The answers of a dry run: the incumbent against itself, and against the version that may replace it. */

import { decode } from "../../abi/state/avro/decode.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import type { Passage } from "../../abi/state/state.ts";
import { nearCandidate, passageBetween } from "../generation/candidate.ts";
import type { NearGeneration } from "../generation/near.ts";
import { type PluginModule, title } from "../module/module.ts";
import type { RehearsedAnswers } from "../record.ts";
import { difference } from "../swap/difference.ts";
import type { Standing } from "../swap/lifecycle.ts";
import type { Prepared } from "../swap/prepare.ts";
import { type Comparison, compareAnswers } from "./answers.ts";
import type { AskedCall } from "./asked.ts";
import { differing } from "./outcome.ts";

const UNCOPIED = "does not export its mutable globals, so it cannot be copied";

export interface RehearsedOptions {
  readonly candidate: Prepared;
  /** A copy of what serves, as it was when its state was saved. */
  readonly original: NearGeneration | undefined;
  readonly calls: readonly AskedCall[];
  readonly reset: boolean;
  readonly signal: AbortSignal;
}

/** @throws PluginError as `compareAnswers` does */
export async function rehearsedAnswers(
  standing: Standing,
  { candidate, original, calls, reset, signal }: RehearsedOptions,
): Promise<RehearsedAnswers> {
  if (!original) return { skipped: `${title(standing.current.module)} ${UNCOPIED}` };
  const { module } = original;
  const compare = (others: Pick<Comparison, "crossed" | "states">) =>
    compareAnswers({ calls, original: () => original.copy(), signal, ...others });
  const itself = reset ? undefined : await compare(another(standing, original));
  const same = module.digest !== undefined && module.digest === candidate.module.digest;
  const { way } = candidate;
  const next = same
    ? undefined
    : await compare({
        crossed: (state) => candidate.twin(reset ? undefined : state),
        states: statesOf(candidate.module, way),
      });
  return { ...(itself && { itself }), ...(next && { next }) };
}

/** Another instance of the same module, with its state. */
function another(
  standing: Standing,
  { module, number }: NearGeneration,
): Pick<Comparison, "crossed" | "states"> {
  const { options, lineage } = standing;
  const way = passageBetween(module, module);
  const bindings = () => standing.bound({ module });
  const { twin } = nearCandidate({ module, number, grants: options.grants, lineage, way, bindings });
  return { crossed: twin, states: statesOf(module, way) };
}

/** How states are compared: as they are in the version that takes them over, unless a step of its author's made them. */
function statesOf({ manifest }: PluginModule, way: Passage | undefined): Comparison["states"] {
  return (one, other) => {
    if (!manifest.state || !way || way.kind === "migrated") return undefined;
    const wanted = way.translate?.(one.datum) ?? one.datum;
    if (difference(wanted, other.datum) === -1) return undefined;
    if (manifest.state.opaque)
      return { was: `${wanted.length} bytes`, is: `${other.datum.length} bytes, or others` };
    const schema = parseSchema(manifest.state.schema);
    const value = (datum: Uint8Array) => ({ kind: "answer", value: decode(schema, datum) }) as const;
    return differing(value(wanted), value(other.datum));
  };
}
