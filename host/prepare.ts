/** Preparing: from a source to a candidate that was found fit for a plugin, before anything of it runs. */
import { nearCandidate, passageBetween } from "./candidate.ts";
import { compile } from "./compile.ts";
import type { PluginModule } from "./module.ts";
import type { NearGeneration } from "./near.ts";
import type { VersionRecord } from "./record.ts";
import { fetchSource, type Source } from "./source.ts";
import type { Standing } from "./standing.ts";
import type { Candidate } from "./swap.ts";

export interface PrepareOptions {
  /** It begins without the incumbent's state. */
  readonly reset: boolean;
  /** Milliseconds that the source may take to arrive. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Told of the module as soon as there is one; may throw. */
  readonly onModule?: (version: VersionRecord) => void;
}

export interface Prepared extends Candidate<NearGeneration> {
  /** Classes that the state goes through. */
  readonly steps: readonly string[];
}

/**
 * @throws PluginError what `fetchSource` and `compile` throw, `mismatch`, `incompatible-state`, `missing-grant`, `bad-grant`
 */
export async function prepare(
  standing: Standing,
  source: Source,
  { reset, timeout, signal, onModule }: PrepareOptions,
): Promise<Prepared> {
  const { lineage, options, current } = standing;
  const module = await compile(await fetchSource(source, { timeout, signal }), options.abi);
  const number = ++standing.generations;
  onModule?.(versionOf(module, number));
  const bindings = () => standing.bound({ module });
  bindings();
  const way = reset ? undefined : passageBetween(current.module, module);
  const candidate = nearCandidate({ module, number, grants: options.grants, lineage, way, bindings });
  return { ...candidate, steps: way?.steps ?? [] };
}

function versionOf({ manifest, digest }: PluginModule, generation: number): VersionRecord {
  return { generation, version: manifest.version, digest };
}
