/** Pulling: a module from a registry or a folder, with the signatures that lie beside it. */
import { withDeadline } from "../deadline.ts";
import { PluginError } from "../errors.ts";
import { tooLarge } from "../module/intake.ts";
import { checkFlag, checkFunction, optionsOf } from "../option.ts";
import { checkTime } from "../timer.ts";
import { checkedLock, type Lock } from "../trust/lock.ts";
import type { Sources } from "../trust/sources.ts";
import { type Cache, cacheOf } from "./cache.ts";
import type { Facts } from "./facts.ts";
import { type Artifact, artifactIn, MOST_MANIFEST } from "./manifest.ts";
import { lockedDigest, openStore, type PullOptions, referenceOf, type Stale } from "./options.ts";
import { isFolder, pinned, type Reference } from "./reference.ts";
import type { ArtifactStore, FoundManifest } from "./store.ts";

export interface Pulled {
  /** With its digest: `oci://ghcr.io/acme/visits:1.0.0@sha256:…` */
  readonly reference: string;
  /** Of its manifest: what a lock file has. */
  readonly digest: string;
  readonly bytes: Uint8Array;
  /** The SHA-256 of the module's bytes in hexadecimal, as a lock file and `integrity` have it. */
  readonly sha256: string;
  /** Signatures apart from those in the module; they are not checked here. */
  readonly signatures: readonly Uint8Array[];
  /** What the manifest says of it. It is not checked; the module's own says what it is. */
  readonly facts: Facts;
  /** Where the cache said what the tag stands for. */
  readonly stale?: Stale;
}

export interface PullOnceOptions extends PullOptions {
  /** Milliseconds for all of it; `Infinity` for any number. @default 300_000 */
  readonly timeout?: number | undefined;
  /** The most bytes of a module. @default 134_217_728 (128 MiB) */
  readonly maxSourceBytes?: number | undefined;
  /** What references stand for. @default what they stand for now */
  readonly lock?: Lock | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pulls a module. Every byte is checked by its digest; nothing is compiled, and no signature is checked: `load` and
 * `verify` do that.
 *
 * @param reference `oci://ghcr.io/acme/visits:1.0.0`, `...@sha256:…`, or `oci:FOLDER:1.0.0`
 * @throws PluginError `not-found`; `unavailable` when trying later may help; `denied`; `integrity`, `bad-peer`,
 * `forbidden-source`, `too-large`; `deadline`, `aborted`, `argument`
 */
export async function pull(reference: string | URL, options?: PullOnceOptions): Promise<Pulled> {
  const {
    timeout = 300_000,
    maxSourceBytes: most = 2 ** 27,
    lock,
    signal,
    ...rest
  } = optionsOf(options, "pull");
  const own = checkedPull(rest);
  const parsed = referenceOf(reference, own);
  const locked = lock === undefined ? undefined : checkedLock(lock);
  const bounds = { timeout, signal: signal ?? new AbortController().signal };
  return withDeadline(
    `the pull of ${parsed.text}`,
    (over) => pulled(parsed, own, { most, lock: locked, signal: over }),
    bounds,
  );
}

/** The options, with a cache that was checked. @throws PluginError `argument` */
export function checkedPull(options: PullOptions): CheckedPull {
  const { offline = false, onStale, onProgress, patience = 5_000, cache: given } = options;
  checkFlag(offline, "offline");
  checkFunction(onStale, "onStale");
  checkFunction(onProgress, "onProgress");
  checkTime(patience, "patience");
  const cache = cacheOf(given);
  if (offline && !cache)
    throw new PluginError("argument", "could not use offline: it takes all from a cache, and none is given");
  return { ...options, offline, patience, kept: cache };
}

export interface CheckedPull extends PullOptions {
  readonly offline: boolean;
  readonly patience: number;
  readonly kept: Cache | undefined;
}

/** One pull. */
export interface Pulling {
  readonly most: number;
  readonly lock?: Lock | undefined;
  readonly sources?: Sources | undefined;
  readonly signal: AbortSignal;
}

export async function pulled(reference: Reference, options: CheckedPull, pulling: Pulling): Promise<Pulled> {
  const local = isFolder(reference.place);
  const own = local ? { ...options, offline: false, kept: undefined } : options;
  const work = new Pull(reference, own, pulling);
  return work.run();
}

class Pull {
  readonly #reference: Reference;
  readonly #options: CheckedPull;
  readonly #pulling: Pulling;
  readonly #store: ArtifactStore;
  readonly #from: string;

  constructor(reference: Reference, options: CheckedPull, pulling: Pulling) {
    this.#reference = reference;
    this.#options = options;
    this.#pulling = pulling;
    this.#store = openStore(reference, options, pulling.sources);
    this.#from = reference.text;
  }

  async run(): Promise<Pulled> {
    const { kept, onStale } = this.#options;
    const digest = lockedDigest(this.#reference, this.#pulling.lock);
    const found = digest === undefined ? await this.#tagged() : await this.#named(digest);
    const artifact = artifactIn(found.bytes, this.#from);
    const bytes = await this.#content(artifact);
    // A tag is only kept when all is there that it stands for.
    if (digest === undefined && !found.stale) await kept?.remember(this.#from, found.digest);
    const { stale } = found;
    if (stale) onStale?.(stale);
    return {
      reference: pinned(this.#reference, found.digest),
      digest: found.digest,
      bytes,
      sha256: artifact.module.digest.slice("sha256:".length),
      signatures: artifact.signatures,
      facts: artifact.facts,
      ...(stale && { stale }),
    };
  }

  /** By a digest: what is in the cache needs no registry. */
  async #named(digest: string): Promise<FoundManifest & { readonly stale?: Stale }> {
    const { kept, offline } = this.#options;
    const before = await kept?.get(digest, { most: MOST_MANIFEST, from: this.#from });
    if (before) return { digest, bytes: before };
    if (offline) throw this.#absent(`the cache has no ${digest}`);
    const bytes = await this.#store.manifest(digest, this.#asking());
    await kept?.put(digest, bytes);
    return { digest, bytes };
  }

  async #tagged(): Promise<FoundManifest & { readonly stale?: Stale }> {
    const { tag, text } = this.#reference;
    const { kept, offline } = this.#options;
    if (tag === undefined)
      throw new PluginError("argument", `could not pull ${text}: wanted a tag or a digest at its end`);
    const last = await kept?.resolved(text);
    const stale = (cause?: Error): Stale | undefined =>
      last && { reference: text, digest: last.digest, since: new Date(last.at), ...(cause && { cause }) };
    if (offline) {
      if (!last) throw this.#absent("the cache does not know what it stands for");
      return { ...(await this.#named(last.digest)), stale: stale()! };
    }
    try {
      const found = await this.#asked(tag, last !== undefined);
      await kept?.put(found.digest, found.bytes);
      return found;
    } catch (cause) {
      this.#pulling.signal.throwIfAborted();
      const away =
        cause instanceof PluginError && (cause.code === "unavailable" || cause.code === "deadline");
      const bytes = away && last && (await kept?.get(last.digest, { most: MOST_MANIFEST, from: text }));
      if (!bytes) throw cause;
      return { digest: last.digest, bytes, stale: stale(cause)! };
    }
  }

  /** @param known whether there is an answer to fall back to, so that it is not waited for long */
  async #asked(tag: string, known: boolean): Promise<FoundManifest> {
    const { signal } = this.#pulling;
    if (!known) return this.#store.tagged(tag, this.#asking());
    const bounds = { timeout: this.#options.patience, option: "patience", signal };
    const ask = (over: AbortSignal) =>
      this.#store.tagged(tag, { from: this.#from, signal: AbortSignal.any([signal, over]) });
    return withDeadline(`the registry of ${this.#from}`, ask, bounds);
  }

  async #content({ module }: Artifact): Promise<Uint8Array> {
    const { kept, offline, onProgress } = this.#options;
    const { most, signal } = this.#pulling;
    const { digest, size } = module;
    if (size > most) throw tooLarge({ from: this.#from, most }, size);
    const before = await kept?.get(digest, { size, most, from: this.#from });
    if (before) return before;
    if (offline) throw this.#absent(`the cache has no ${digest}`);
    const onBytes = onProgress && ((bytes: number) => onProgress({ bytes, total: size }));
    const bytes = await this.#store.content(module, { from: this.#from, most, signal, onBytes });
    await kept?.put(digest, bytes);
    return bytes;
  }

  #asking() {
    return { from: this.#from, signal: this.#pulling.signal };
  }

  #absent(why: string): PluginError {
    return new PluginError(
      "unavailable",
      `could not pull ${this.#from}: it is offline, and ${why}; pull it once before`,
    );
  }
}
