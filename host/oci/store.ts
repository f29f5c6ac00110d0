/** Stores of artifacts: a registry, or a folder with the same content. */
import type { Descriptor, Packed } from "./manifest.ts";

export interface Asking {
  /** Its name, for messages. */
  readonly from: string;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

export interface AskingContent extends Asking {
  /** The most bytes that are read. */
  readonly most: number;
  /** Told how many bytes there are so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface FoundManifest {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** All that comes from one has been checked by its digest. */
export interface ArtifactStore {
  /** Where it is: what the option `sources` is asked about. */
  readonly url: URL;
  /** The manifest that a tag stands for. @throws PluginError `not-found`, `unavailable`, `denied`, `bad-peer` */
  tagged(tag: string, asking: Asking): Promise<FoundManifest>;
  /** @throws PluginError the same, and `integrity` */
  manifest(digest: string, asking: Asking): Promise<Uint8Array>;
  /** @throws PluginError the same, and `too-large` */
  content(descriptor: Descriptor, asking: AskingContent): Promise<Uint8Array>;
  /** Makes the tag stand for it, when all that it names is there. */
  put(packed: Packed, tag: string, asking: Asking): Promise<void>;
}
