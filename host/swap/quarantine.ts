/** Quarantine: a build that was refused is not tried again at once, however often its source sends it. */
import { type ErrorCode, PluginError } from "../errors.ts";

const LONGEST = 60_000;
/** Refusals that say nothing about the build. */
const NOT_ITS_FAULT: readonly ErrorCode[] = ["quarantined", "deadline", "aborted", "closed"];

export class Quarantine {
  readonly #backoff: number;
  readonly #refused = new Map<string, { readonly times: number; readonly until: number }>();

  /** @param backoff milliseconds after the first refusal; doubled with each, up to a minute */
  constructor(backoff: number) {
    this.#backoff = backoff;
  }

  /** @throws PluginError `quarantined` */
  admit(digest: string | undefined): void {
    const bad = digest === undefined ? undefined : this.#refused.get(digest);
    if (!bad || Date.now() >= bad.until) return;
    const times = bad.times === 1 ? "before" : `${bad.times} times`;
    const wait = Math.max(1, bad.until - Date.now());
    throw new PluginError(
      "quarantined",
      `this build was refused ${times}, and is not tried again for ${wait} ms`,
    );
  }

  /** An upgrade failed: only a fault of the build counts against it. */
  judge(error: unknown, digest: string | undefined): void {
    if (!(error instanceof PluginError && NOT_ITS_FAULT.includes(error.code))) this.refused(digest);
  }

  refused(digest: string | undefined): void {
    if (digest === undefined) return;
    const times = (this.#refused.get(digest)?.times ?? 0) + 1;
    const until = Date.now() + Math.min(this.#backoff * 2 ** (times - 1), LONGEST);
    this.#refused.set(digest, { times, until });
  }

  /** It served after all. */
  released(digest: string | undefined): void {
    if (digest !== undefined) this.#refused.delete(digest);
  }
}
