/** Quarantine: a refused build is not tried again at once, however often its source sends it. */
import { type ErrorCode, PluginError } from "../errors.ts";
import { checkTime, now } from "../timer.ts";
import type { Transition } from "../transition.ts";

/**
 * Refusals for a fault of the build itself: the same build would be refused again. A full disk, a source that
 * does not answer, a caller that aborts, a failing save of the serving version say nothing about the build.
 */
const BUILD_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "not-wasm",
  "component",
  "invalid-module",
  "no-manifest",
  "bad-manifest",
  "abi-too-new",
  "abi-too-old",
  "mismatch",
  "missing-grant",
  "incompatible-state",
  "failed-start",
  "failed-restore",
  "failed-check",
  "failed-verify",
]);

/** Causes of a rollback that are faults of the build, once it served. */
const PROBATION_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "trapped",
  "out-of-fuel",
  "too-many-errors",
]);

/** Causes that clear the build, whatever error they were wrapped in. */
const OTHERS_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "no-memory",
  "grant-failed",
  "store-failed",
  "internal",
]);

/** Whether a swap was refused for a fault of the new build. */
export function isBuildFault(error: unknown): boolean {
  return error instanceof PluginError && BUILD_FAULTS.has(error.code) && !isOthersFault(error);
}

/**
 * Whether a version was rolled back from its probation for a fault of its own.
 * @param code the code of the record's cause
 */
export function isProbationFault(code: ErrorCode): boolean {
  return PROBATION_FAULTS.has(code);
}

function isOthersFault(error: PluginError): boolean {
  const seen = new Set<unknown>();
  for (let each: unknown = error; each instanceof Error && !seen.has(each); each = each.cause) {
    if (each instanceof PluginError && OTHERS_FAULTS.has(each.code)) return true;
    seen.add(each);
  }
  return false;
}

/** The longest quarantine, in milliseconds. */
const LONGEST = 60_000;

export class Quarantine {
  readonly #backoff: number;
  readonly #clock: () => number;
  readonly #refused = new Map<string, { readonly times: number; readonly until: number }>();

  /**
   * @param backoff milliseconds after the first refusal; doubled with each, up to a minute
   * @param clock milliseconds that never go back
   * @throws PluginError `argument`
   */
  constructor(backoff: number, clock: () => number = now) {
    checkTime(backoff, "backoff");
    this.#backoff = backoff;
    this.#clock = clock;
  }

  /** @throws PluginError `quarantined` while the build has to wait */
  admit(digest: string | undefined): void {
    const bad = digest === undefined ? undefined : this.#refused.get(digest);
    if (!bad) return;
    const wait = Math.ceil(bad.until - this.#clock());
    if (wait <= 0) return;
    const times = bad.times === 1 ? "before" : `${bad.times} times`;
    throw new PluginError(
      "quarantined",
      `this build was refused ${times}, and is not tried again for ${wait} ms`,
    );
  }

  /** An upgrade failed: only a fault of the build counts against it. */
  judge(error: unknown, digest: string | undefined): void {
    if (isBuildFault(error)) this.refused(digest);
  }

  // A build that was rolled back counts as bad as one that was refused.
  hear({ outcome, cause, from, to }: Transition): void {
    if (outcome === "rolled-back" && cause && isProbationFault(cause.code)) this.refused(from.digest);
    if (outcome === "permanent") this.released(to?.digest);
  }

  refused(digest: string | undefined): void {
    if (digest === undefined) return;
    const times = (this.#refused.get(digest)?.times ?? 0) + 1;
    const until = this.#clock() + Math.min(this.#backoff * 2 ** (times - 1), LONGEST);
    this.#refused.set(digest, { times, until });
  }

  /** The build serves: its refusals are forgotten. */
  released(digest: string | undefined): void {
    if (digest !== undefined) this.#refused.delete(digest);
  }
}
