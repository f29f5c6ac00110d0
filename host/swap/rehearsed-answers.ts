/** The answers of a dry run: the incumbent against itself, and against the version that may replace it. */

import { decode } from "../../abi/state/avro/decode.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { difference } from "../../abi/state/difference.ts";
import type { Passage } from "../../abi/state/passage.ts";
import type { Generation } from "../generation/generation.ts";
import { type ModuleInfo, title } from "../module/info.ts";
import { passageBetween } from "../module/passage.ts";
import { type Comparison, compareAnswers } from "../rehearsal/answers.ts";
import type { AskedCall } from "../rehearsal/asked.ts";
import { differing } from "../rehearsal/outcome.ts";
import type { RehearsedAnswers } from "../transition.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Prepared } from "./prepare.ts";

const UNCOPIED = "does not export its mutable globals, so it cannot be copied";

export interface RehearsedOptions {
  readonly prepared: Prepared;
  /** A copy of the serving generation, as it was when its state was saved. */
  readonly original: Generation | undefined;
  readonly calls: readonly AskedCall[];
  readonly reset: boolean;
  readonly signal: AbortSignal;
}

/** @throws PluginError as `compareAnswers` does */
export async function rehearsedAnswers(
  lifecycle: Lifecycle,
  { prepared, original, calls, reset, signal }: RehearsedOptions,
): Promise<RehearsedAnswers> {
  const { build, candidate, incumbent, way } = prepared;
  if (!original) return { skipped: `${title(incumbent.build)} ${UNCOPIED}` };
  const compare = (others: Pick<Comparison, "crossed" | "states">) =>
    compareAnswers({ calls, original: () => original.clone(), signal, ...others });
  const itself = reset ? undefined : await compare(another(lifecycle, original));
  const { digest } = original.build;
  const same = digest !== undefined && digest === build.digest;
  const next = same
    ? undefined
    : await compare({
        crossed: (state) => candidate.twin(reset ? undefined : state),
        states: statesOf(build, way),
      });
  return { ...(itself && { itself }), ...(next && { next }) };
}

/** A second instance of the incumbent's module, with its state. */
function another(
  { contracts }: Lifecycle,
  { build, number }: Generation,
): Pick<Comparison, "crossed" | "states"> {
  const way = passageBetween(build, build);
  const candidate = build.candidate({ number, contracts, way });
  return { crossed: (state) => candidate.twin(state), states: statesOf(build, way) };
}

/**
 * How two states are compared: as the version that takes them over reads them, unless a typed step of its
 * author's made them.
 */
function statesOf({ manifest }: ModuleInfo, way: Passage | undefined): Comparison["states"] {
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
