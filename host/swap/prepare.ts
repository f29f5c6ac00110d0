/** Preparing: from a source to a candidate that was found fit for a plugin, before anything of it runs. */
import type { Difference } from "../../abi/state/avro/resolve.ts";
import { changesBetween, type Passage } from "../../abi/state/state.ts";
import { nearCandidate, passageBetween } from "../generation/candidate.ts";
import type { NearGeneration } from "../generation/near.ts";
import { compile } from "../module/compile.ts";
import type { PluginModule } from "../module/module.ts";
import { fetchSource, type Source } from "../module/source.ts";
import type { Standing } from "./lifecycle.ts";
import type { SwapRecord, VersionRecord } from "./record.ts";
import type { Candidate } from "./swap.ts";

export interface PrepareOptions {
  /** It begins without the incumbent's state. */
  readonly reset: boolean;
  /** Milliseconds that the source may take to arrive. */
  readonly timeout: number;
  /** Bytes that it may bring. @default as when the plugin was loaded */
  readonly maxSourceBytes?: number | undefined;
  readonly signal: AbortSignal;
  /** Told of the module as soon as there is one; may throw. */
  readonly onModule?: (version: VersionRecord) => void;
}

export interface Prepared extends Candidate<NearGeneration> {
  readonly module: PluginModule;
  /** How the state reaches it; none for a fresh start. */
  readonly way: Passage | undefined;
  /** Classes that the state goes through. */
  readonly steps: readonly string[];
  /** How it gets through them. */
  readonly crosses: SwapRecord["way"];
  /** What differs between the two versions' states. */
  readonly changes: () => readonly Difference[];
}

/**
 * @throws PluginError what `fetchSource` and `compile` throw, `mismatch`, `incompatible-state`, `missing-grant`, `bad-grant`
 */
export async function prepare(
  standing: Standing,
  source: Source,
  { reset, timeout, signal, onModule, maxSourceBytes }: PrepareOptions,
): Promise<Prepared> {
  const { lineage, options, current } = standing;
  const most = maxSourceBytes ?? options.maxSourceBytes;
  const fetched = await fetchSource(source, { timeout, signal, maxSourceBytes: most });
  const module = await compile(fetched, { abi: options.abi });
  const number = ++standing.generations;
  onModule?.(versionOf(module, number));
  const bindings = () => standing.bound({ module });
  bindings();
  const way = reset ? undefined : passageBetween(current.module, module);
  const candidate = nearCandidate({ module, number, grants: options.grants, lineage, way, bindings });
  const [from, to] = [current.module.manifest.state, module.manifest.state];
  const changes = () => (way && from && to && !to.opaque ? changesBetween(from, to) : []);
  return { ...candidate, module, way, steps: way?.steps ?? [], crosses: way?.kind, changes };
}

function versionOf({ manifest, digest }: PluginModule, generation: number): VersionRecord {
  return { generation, version: manifest.version, digest };
}
