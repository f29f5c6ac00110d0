/** Preparing a swap: from a source to a candidate that fits the plugin, before any of its code runs. */
import { askedBesides, permissionChanges, permissionText } from "../../abi/permissions.ts";
import type { Difference } from "../../abi/state/avro/differences.ts";
import { changesBetween, type Passage } from "../../abi/state/passage.ts";
import { withDeadline } from "../deadline.ts";
import { PluginError, reason } from "../errors.ts";
import type { Build, Candidate, Generation, GenerationMaker } from "../generation/generation.ts";
import { versionOf } from "../module/info.ts";
import { passageBetween } from "../module/passage.ts";
import { isPlaced } from "../module/placed.ts";
import type { Source } from "../module/source.ts";
import type { VersionRecord } from "../transition.ts";
import type { Detached } from "../trust/demands.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { PlacingMaker } from "./placing-maker.ts";
import type { Approve } from "./swap-options.ts";

/** A version that was fetched before, in place of a source. */
export class Ready {
  readonly build: Build;

  constructor(build: Build) {
    this.build = build;
  }
}

export interface PrepareOptions {
  /** It begins without the incumbent's state. */
  readonly reset: boolean;
  /** Milliseconds that the source may take to arrive. */
  readonly timeout: number;
  /** Bytes that the source may bring. @default the plugin's own limit */
  readonly maxSourceBytes?: number | undefined;
  /** The SHA-256 that its bytes must have. */
  readonly integrity?: string | undefined;
  /** Its signature, where it lies apart. */
  readonly signature?: Detached | readonly Detached[] | undefined;
  readonly signal: AbortSignal;
  /** Decides on what the version asks for besides. @default nothing more is approved */
  readonly approve: Approve | undefined;
  /** Called with the version as soon as it is known; may throw. */
  readonly onVersion?: (version: VersionRecord) => void;
}

export interface Prepared {
  readonly build: Build;
  readonly candidate: Candidate;
  /** The generation whose state the candidate was checked against. */
  readonly incumbent: Generation;
  /** The passage of the state into the candidate; none for a fresh start. */
  readonly way: Passage | undefined;
}

/**
 * @throws PluginError what the maker's `fetch` throws, `mismatch`, `incompatible-state`, `missing-grant`,
 * `bad-grant`, `no-suspension`
 */
export async function prepare(
  lifecycle: Lifecycle,
  source: Source | Ready,
  { reset, timeout, maxSourceBytes, integrity, signature, signal, approve, onVersion }: PrepareOptions,
): Promise<Prepared> {
  const { current: incumbent, contracts } = lifecycle;
  const build =
    source instanceof Ready
      ? source.build
      : await makerOf(lifecycle, source).fetch(source, {
          timeout,
          maxSourceBytes,
          integrity,
          signature,
          signal,
        });
  const number = lifecycle.number();
  onVersion?.(versionOf(build, number));
  build.fit(contracts);
  lifecycle.dependencies?.check(build);
  const way = reset ? undefined : passageBetween(incumbent.build, build);
  // What was not granted is refused first: it cannot be approved.
  const candidate = build.candidate({ number, contracts, way, signal });
  await approved(incumbent.build, build, { approve, timeout, signal });
  return { build, candidate, incumbent, way };
}

/** What makes generations of a source. */
function makerOf(lifecycle: Lifecycle, source: Source): GenerationMaker {
  if (isPlaced(source) && !(lifecycle.maker instanceof PlacingMaker))
    lifecycle.maker = new PlacingMaker(lifecycle.maker, lifecycle.surroundings);
  return lifecycle.maker;
}

/** @throws PluginError `asks-more`; `deadline`, `aborted`; what `approve` throws, as the reason of `asks-more` */
async function approved(
  before: Build,
  build: Build,
  { approve, timeout, signal }: Pick<PrepareOptions, "approve" | "timeout" | "signal">,
): Promise<void> {
  const asked = askedBesides(permissionChanges(before.manifest, build.manifest));
  if (asked.length === 0) return;
  const refused = (why: string, options?: { readonly cause: unknown }) => {
    const what = `version ${build.manifest.version} asks for what version ${before.manifest.version} did not`;
    return new PluginError("asks-more", `${what}: ${asked.map(permissionText).join("; ")}; ${why}`, options);
  };
  if (!approve) throw refused("say approve: (asked) => true, or look at what is asked");
  const failed = (cause: unknown) => refused(`approve threw: ${reason(cause)}`, { cause });
  const answer = await withDeadline("approve", async () => approve(asked), { timeout, signal, failed });
  if (answer !== true) throw refused("it was not approved");
}

/** The differences between the states of the two versions: the lossless table. */
export function changesOf({ build, incumbent, way }: Prepared): readonly Difference[] {
  const [from, to] = [incumbent.build.manifest.state, build.manifest.state];
  return way && from && to && !to.opaque ? changesBetween(from, to) : [];
}
