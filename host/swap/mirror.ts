/// <reference lib="esnext.disposable" preserve="true" />
/** Mirrors: a version that runs every call and answers none, to find out how it would have answered. */

import { run, type Steps, wait } from "../awaitable.ts";
import { type ErrorCode, PluginError, reason } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import type { RecordedCall } from "../generation/observer.ts";
import type { JournalCursor } from "../journal/cursor.ts";
import type { Source } from "../module/source.ts";
import { checkAmount, checkFunction, checkSignal, optionsOf } from "../option.ts";
import { checkTime, now } from "../timer.ts";
import { journalOf } from "./journaling.ts";
import type { Lifecycle, Mirroring } from "./lifecycle.ts";
import type { MirrorOptions, MirrorReport } from "./mirror-options.ts";
import { prepare } from "./prepare.ts";

/** Milliseconds of calls that it runs before others have their turn. */
const SLICE = 2;
/** Differing answers that are remembered one by one. */
const REMEMBERED = 8;

/** A mirror that runs. */
export class Mirror implements Disposable {
  readonly #lifecycle: Lifecycle;
  readonly #generation: Generation;
  /** The calls that it still has to run. */
  readonly #behind: JournalCursor;
  readonly #options: Required<Pick<MirrorOptions, "sample" | "lag">>;
  #calls = 0;
  #compared = 0;
  #differing = 0;
  #credit = 0;
  readonly #first: NonNullable<MirrorReport["first"]>[] = [];
  #ended: string | undefined;
  #failed = false;
  #over = false;
  #working = false;
  #idle: (() => void)[] = [];

  constructor(
    lifecycle: Lifecycle,
    generation: Generation,
    behind: JournalCursor,
    options: Required<Pick<MirrorOptions, "sample" | "lag">>,
  ) {
    this.#lifecycle = lifecycle;
    this.#generation = generation;
    this.#behind = behind;
    this.#options = options;
    this.look();
  }

  /** Its results so far, once it has run every call that was answered before. */
  async report(): Promise<MirrorReport> {
    if (!this.#over && (this.#working || this.#behind.count > 0)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    return this.soFar;
  }

  /** Its results as they are: it may have to run calls that were answered before. */
  get soFar(): MirrorReport {
    const [calls, compared, differing] = [this.#calls, this.#compared, this.#differing];
    const [first, ended] = [this.#first[0], this.#ended];
    return {
      calls,
      compared,
      differing,
      ...(first && { first }),
      ...(ended && { ended }),
      ...(this.#failed && { failed: true }),
    };
  }

  /** The first of its answers that differed, eight at most. */
  get differences(): readonly NonNullable<MirrorReport["first"]>[] {
    return this.#first;
  }

  /** Ends the mirror. */
  close(): void {
    this.end(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Ends it for a reason other than `close`. */
  end(why: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended = why;
    if (this.#lifecycle.mirror === this) {
      this.#lifecycle.mirror = undefined;
      this.#lifecycle.observeBeside(undefined);
    }
    this.#behind.end();
    this.#generation.discard();
    for (const waiting of this.#idle.splice(0)) waiting();
  }

  /** Called when calls were answered: runs them in the next turn of the event loop. */
  look(): void {
    if (this.#over) return;
    const why = this.#tooFarBehind();
    if (why) this.end(why);
    else if (!this.#working && this.#behind.count > 0) {
      this.#working = true;
      setTimeout(() => void this.#work());
    }
  }

  #tooFarBehind(): string | undefined {
    const { lost, count, bounds } = this.#behind;
    const { most, option } = bounds.bytes;
    if (lost) return `it fell behind: calls that it had not run took more than ${most} bytes (${option})`;
    const { lag } = this.#options;
    return count > lag ? `it fell more than ${lag} calls behind` : undefined;
  }

  async #work(): Promise<void> {
    for (const until = now() + SLICE; !this.#over; ) {
      const call = this.#behind.take();
      if (call) await this.#run(call);
      if (!call || now() >= until) break;
    }
    this.#working = false;
    if (this.#behind.count > 0) this.look();
    else for (const waiting of this.#idle.splice(0)) waiting();
  }

  async #run(call: RecordedCall): Promise<void> {
    let digest: number;
    try {
      digest = await this.#generation.replay(call);
    } catch (error) {
      this.#failed = !this.#over;
      this.end(`${call.name}: ${reason(error)}`);
      return;
    }
    if (this.#over) return;
    this.#calls++;
    this.#credit += this.#options.sample;
    if (this.#credit < 1) return;
    this.#credit -= 1;
    this.#compared++;
    if (digest === call.digest) return;
    this.#differing++;
    if (this.#first.length < REMEMBERED) this.#first.push({ call: this.#calls, name: call.name });
  }
}

/**
 * Begins a mirror of the module in `source`: it copies the state, then runs every call, unnoticed by callers.
 * Its posts are dropped, and its effects get the answers that the incumbent's effects got.
 *
 * @throws PluginError as a swap's preparation does; `busy` and `probation` when something else keeps the
 * journal
 */
export async function mirror(lifecycle: Lifecycle, source: Source, options?: MirrorOptions): Promise<Mirror> {
  const given = optionsOf(options, "mirror");
  const { sample = 1, lag = 10_000, drain = 10_000, timeout = 30_000, approve, signal: own } = given;
  checkAmount(sample, "sample", "a share from 0 to 1", 1);
  checkAmount(lag, "lag", "a number of calls from 0 up, or Infinity for any number");
  checkTime(drain, "drain");
  checkTime(timeout, "timeout");
  checkFunction(approve, "approve");
  checkSignal(own);
  admit(lifecycle);
  const { closing } = lifecycle;
  const signal = own ? AbortSignal.any([own, closing]) : closing;
  const starting = new Starting(lifecycle, lag);
  try {
    const { candidate, incumbent } = await prepare(lifecycle, source, {
      reset: false,
      timeout,
      integrity: given.integrity,
      signature: given.signature,
      signal,
      approve,
    });
    await lifecycle.maker.recording();
    const state = await starting.begin(incumbent, drain, signal);
    const generation = await candidate.twin(state);
    return starting.run(generation, { sample, lag });
  } catch (error) {
    starting.leave();
    // The fetch was aborted because the plugin closed, not by the caller.
    throw lifecycle.closed ? refused(lifecycle, "closed", "it was closed") : error;
  }
}

/**
 * A mirror that begins: it has a state and collects calls, but does not run them yet. No other mirror may
 * begin meanwhile.
 */
class Starting implements Mirroring {
  readonly #lifecycle: Lifecycle;
  readonly #lag: number;
  #behind: JournalCursor | undefined;
  #running: Mirror | undefined;
  #ended: string | undefined;

  constructor(lifecycle: Lifecycle, lag: number) {
    this.#lifecycle = lifecycle;
    this.#lag = lag;
  }

  /** Copies the state while no call is inside, and collects every call from then on. */
  begin(incumbent: Generation, drain: number, signal: AbortSignal): Promise<State | undefined> {
    const lifecycle = this.#lifecycle;
    const journal = journalOf(lifecycle);
    const bounds = {
      calls: { most: this.#lag, option: "lag" },
      bytes: { most: journal.maxBytes, option: "maxJournalBytes" },
    };
    const beginning = function* (starting: Starting): Steps<State | undefined> {
      admit(lifecycle);
      if (lifecycle.current !== incumbent) throw refused(lifecycle, "busy", OVERTAKEN);
      const saved = yield* wait(incumbent.save());
      // A thread saves later, and a close that came meanwhile found no mirror to end.
      if (lifecycle.closed) throw refused(lifecycle, "closed", "it was closed");
      incumbent.forget();
      lifecycle.mirror = starting;
      starting.#behind = journal.follow({ bounds });
      lifecycle.observeBeside(() => starting.#running?.look());
      return saved;
    };
    return lifecycle.paused.quiet(() => run(beginning(this)), drain, signal);
  }

  /** @param generation with the state in it */
  run(generation: Generation, options: Required<Pick<MirrorOptions, "sample" | "lag">>): Mirror {
    const lifecycle = this.#lifecycle;
    if (this.#ended !== undefined) {
      generation.discard();
      throw refused(lifecycle, "busy", this.#ended);
    }
    this.#running = new Mirror(lifecycle, generation, this.#behind!, options);
    lifecycle.mirror = this.#running;
    return this.#running;
  }

  end(why = "it was closed"): void {
    this.#ended = why;
    this.leave();
  }

  /** Stops collecting calls. */
  leave(): void {
    if (this.#lifecycle.mirror !== this) return;
    this.#behind?.end();
    this.#lifecycle.mirror = undefined;
    this.#lifecycle.observeBeside(undefined);
  }
}

const OVERTAKEN = "another version began to serve meanwhile";

function admit(lifecycle: Lifecycle): void {
  const { status, closed, probation, mirror: other } = lifecycle;
  if (closed) throw refused(lifecycle, "closed", "it was closed");
  if (status.status !== "idle") throw refused(lifecycle, "busy", "a swap or a rollback is under way");
  if (other) throw refused(lifecycle, "busy", "another mirror runs");
  if (probation)
    throw refused(lifecycle, "probation", "a version is on probation; accept() or rollback() first");
}

function refused({ name }: Lifecycle, code: ErrorCode, why: string): PluginError {
  return new PluginError(code, `could not mirror ${name}: ${why}`);
}
