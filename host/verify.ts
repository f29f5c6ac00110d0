/** The caller's own look at a twin, within a deadline. */
import type { Contract, Functions } from "./contract.ts";
import { PluginError, reason } from "./errors.ts";
import { Gate } from "./gate.ts";
import type { NearGeneration } from "./near.ts";
import type { Standing } from "./standing.ts";
import type { Maybe } from "./steps.ts";
import { type View, viewOf } from "./view.ts";
import { warmUp } from "./warm.ts";

export interface Look<F extends Functions> {
  readonly contract: Contract<F>;
  /** Throwing, or answering false, refuses the swap. */
  readonly verify: ((twin: View<F>) => Maybe<unknown>) | undefined;
  /** Throwing refuses the swap. */
  readonly warm: ((twin: View<F>) => Maybe<unknown>) | undefined;
  /** Milliseconds that each may take. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** @throws PluginError `failed-verify`, `deadline`, `aborted` */
export async function look<F extends Functions>(
  { name, options, lineage }: Standing,
  twin: NearGeneration,
  { contract, verify, warm, timeout, signal }: Look<F>,
): Promise<void> {
  if (!verify && !warm) return;
  const { version } = twin.module.manifest;
  const gate = new Gate({ plugin: name, concurrency: 1, queue: options.queue });
  const view = viewOf(contract, { name, gate, nesting: lineage.nesting, current: twin }, 0);
  const bounds = { version, timeout, signal };
  try {
    if (verify) await bounded("verify", () => verify(view), bounds);
    if (warm) await bounded("warm", (over) => warmUp(() => warm(view), over), bounds);
  } finally {
    void gate.end(new PluginError("closed", `could not call the twin of ${name} ${version}: verify is over`));
  }
}

interface Bounds {
  readonly version: string;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Runs what the caller gave, named as its option is, until it ends or its time is up. */
async function bounded(
  who: "verify" | "warm",
  work: (over: AbortSignal) => Maybe<unknown>,
  { version, timeout, signal }: Bounds,
): Promise<void> {
  const late = new PluginError("deadline", `${who} did not answer within ${timeout} ms`);
  const gone = new PluginError("aborted", `the caller gave up while ${who} looked`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const done = new AbortController();
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), timeout);
    signal.addEventListener("abort", () => reject(gone), { once: true, signal: done.signal });
  });
  try {
    if ((await Promise.race([work(done.signal), over])) === false) throw new Error("it answered false");
  } catch (cause) {
    if (cause === late || cause === gone) throw cause;
    throw new PluginError("failed-verify", `${who} refused version ${version}: ${reason(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}
