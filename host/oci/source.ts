/** Artifacts as sources: what `load` and `swap` take. */

import type { Reading, ReadModule, SourceReader } from "../module/intake.ts";
import { optionsOf } from "../option.ts";
import { openStore, type PullOptions, referenceOf } from "./options.ts";
import { checkedPull, pulled } from "./pull.ts";

/**
 * A module in a registry, or in a folder that is one, as a source for `load`, `swap` and `loadAll`. It is pulled when
 * it is read, and its signatures come with it: with `trust`, they are checked before anything is compiled. With `lock`,
 * a reference that the lock file names is read by the digest there.
 *
 * @param reference `oci://ghcr.io/acme/visits:1.0.0`, `...@sha256:…`, or `oci:FOLDER:1.0.0`
 * @throws PluginError `argument`; the reading throws what `pull` does
 * @example const visits = await load(oci("oci://ghcr.io/acme/visits:1.0.0", { cache: ".cache/moult" }))
 */
export function oci(reference: string | URL, options?: PullOptions): SourceReader {
  const own = checkedPull({ ...optionsOf(options, "oci") });
  const parsed = referenceOf(reference, own);
  const { url } = openStore(parsed, own);
  return Object.freeze({
    url,
    name: parsed.text,
    async read({ most, lock, sources, signal }: Reading): Promise<ReadModule> {
      const {
        bytes,
        signatures,
        reference: from,
        stale,
      } = await pulled(parsed, own, { most, lock, sources, signal });
      return { bytes, signatures, from: stale ? `${from} (as of ${stale.since.toISOString()})` : from };
    },
  });
}
