/**
 * Phase copy: a large state crosses beside what serves, and the calls that are made meanwhile run again on the
 * successor, as if the cutover had been before them:
 *
 *     image -> (threads: save, restore, check) -> successor -> replay, in slices -> the pause: the last calls
 */
import { isPromise, type Steps, wait } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import type { Generation, StateCopy } from "../generation/generation.ts";
import type { RecordedCall } from "../generation/observer.ts";
import { boundsOf } from "../journal/bounds.ts";
import type { JournalCursor } from "../journal/cursor.ts";
import { now } from "../timer.ts";
import type { Replayed } from "../transition.ts";
import { journalOf } from "./journaling.ts";
import type { Prepared } from "./prepare.ts";
import type { Upgrade } from "./upgrade.ts";
import { looksAtBoth } from "./verify.ts";

/** Bytes of memory from which on threads take less from callers than a crossing in the pause. */
const FROM = 2 ** 23;
/** Milliseconds of replay between two turns of the event loop; up to so many where calls come as fast as they run again. */
const SLICE = 2;
const LONGEST_SLICE = 32;
/** Calls that the pause may run again. */
const FEW = 8;
/** Slices of any length in which the calls that are left have to become fewer. */
const PATIENCE = 16;

/** A successor with the state of a moment ago, and the calls since. */
export interface Behind {
  readonly successor: Generation;
  /**
   * Runs the last calls again. No call is inside.
   * @returns whether the successor is what the incumbent is
   * @throws PluginError `diverged`
   */
  last(): Steps<boolean>;
  /** Keeps no more calls. */
  end(): void;
}

/**
 * Brings the state across beside what serves, where that is worth it.
 *
 * @returns nothing where the state has to cross in the pause
 * @throws PluginError as a twin does; `failed-verify`, `diverged`, `deadline`, `aborted`
 */
export async function copied(upgrade: Upgrade, prepared: Prepared): Promise<Behind | undefined> {
  const { lifecycle, incumbent, options, reset, recorder } = upgrade;
  const { copyFrom = FROM, verify } = options;
  // A store keeps the whole state at the cutover; a `verify` that looks at both versions needs both at one moment.
  if (reset || copyFrom === Number.POSITIVE_INFINITY || lifecycle.keep || looksAtBoth(verify))
    return undefined;
  const copy = incumbent.trapped ? undefined : await prepared.candidate.copying?.(incumbent, copyFrom);
  if (!copy) return undefined;
  recorder.enter("copy");
  let behind: Calls | undefined;
  try {
    await lifecycle.maker.recording();
    behind = await taken(upgrade, copy);
    await copy.cross();
    recorder.stateBytes = copy.stateBytes;
    if (verify || options.warm) await upgrade.look(prepared, await copy.twin());
    recorder.enter("copy");
    behind.successor = await copy.successor();
    lifecycle.dependencies?.check(behind.successor.build, behind.successor);
    upgrade.signal.throwIfAborted();
    if (await behind.caughtUp()) return behind;
  } catch (error) {
    behind?.discard();
    throw error;
  } finally {
    copy.end();
  }
  behind.discard();
  return undefined;
}

/** Takes the image, and keeps the calls from then on. */
function taken(upgrade: Upgrade, copy: StateCopy): Promise<Calls> {
  const { lifecycle, drain, signal } = upgrade;
  return lifecycle.paused.quiet(
    () => {
      upgrade.checkServing();
      copy.take();
      return new Calls(upgrade);
    },
    drain,
    signal,
  );
}

/** The calls since the image was taken. */
class Calls implements Behind {
  readonly #upgrade: Upgrade;
  readonly #kept: JournalCursor;
  #made: Generation | undefined;
  #calls = 0;
  #divergences = 0;
  #first: Replayed["first"];
  /** Why the successor is not what the incumbent is. */
  #failed: string | undefined;
  #over = false;

  constructor(upgrade: Upgrade) {
    const { lifecycle } = upgrade;
    const journal = journalOf(lifecycle);
    this.#upgrade = upgrade;
    const calls = Number.POSITIVE_INFINITY;
    const bounds = boundsOf({}, { option: "copy", calls, maxBytes: journal.maxBytes });
    this.#kept = journal.follow({ bounds });
    lifecycle.copying = true;
    lifecycle.observe();
  }

  get successor(): Generation {
    if (!this.#made) throw new Error("no successor was made");
    return this.#made;
  }

  set successor(made: Generation) {
    this.#made = made;
    this.#upgrade.lifecycle.successor = made;
  }

  /**
   * Runs calls again until few are left, or until they come as fast as they run: then the pause runs the rest.
   *
   * @returns whether the successor is what the incumbent was
   * @throws PluginError `diverged`, `deadline`, `aborted`
   */
  async caughtUp(): Promise<boolean> {
    const { lifecycle, signal } = this.#upgrade;
    let fewest = Number.POSITIVE_INFINITY;
    let slice = SLICE;
    for (let slices = 0; slices < PATIENCE; slices++) {
      if (this.#kept.count > FEW) await this.#slice(now() + slice);
      if (!this.#stands()) return false;
      const { count } = this.#kept;
      if (count <= FEW) return true;
      if (count < fewest) slices = 0;
      else slice = Math.min(2 * slice, LONGEST_SLICE);
      fewest = Math.min(fewest, count);
      await lifecycle.turn();
      signal.throwIfAborted();
    }
    return true;
  }

  async #slice(until: number): Promise<void> {
    while (!this.#failed && this.#kept.count > 0 && now() < until) {
      const again = this.#again();
      if (isPromise(again)) await again;
    }
  }

  *last(): Steps<boolean> {
    while (!this.#failed && this.#kept.count > 0) yield* wait(this.#again());
    return this.#stands();
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    const { lifecycle, recorder } = this.#upgrade;
    const { lost } = this.#kept;
    if (!lost) this.#kept.end();
    lifecycle.copying = false;
    if (this.#made && !lost) recorder.replayed = this.#replayed;
  }

  /** The state has to cross in another way. */
  discard(): void {
    this.end();
    const { lifecycle, recorder } = this.#upgrade;
    recorder.replayed = undefined;
    lifecycle.observe();
    this.#made?.discard();
    lifecycle.successor = undefined;
  }

  get #replayed(): Replayed {
    return {
      calls: this.#calls,
      divergences: this.#divergences,
      ...(this.#first && { first: this.#first }),
    };
  }

  /** Runs the oldest call again. Its effects were done; what it posts is dropped. */
  #again(): PromiseLike<void> | undefined {
    const call = this.#kept.take()!;
    this.#calls++;
    try {
      const digest = this.successor.replay(call);
      if (isPromise(digest)) {
        const compare = (digest: unknown) => this.#compare(call, digest as number);
        return digest.then(compare, (error) => this.#fails(call, error));
      }
      this.#compare(call, digest as number);
    } catch (error) {
      this.#fails(call, error);
    }
    return undefined;
  }

  #compare(call: RecordedCall, digest: number): void {
    if (call.digest === undefined || digest === call.digest) return;
    this.#divergences++;
    this.#first ??= { call: this.#calls, name: call.name };
    if (this.#upgrade.options.onDivergence === "accept") return;
    this.#failed ??= `it answers ${call.name} otherwise than the version before, call ${this.#calls} since its state was taken`;
  }

  #fails({ name }: RecordedCall, error: unknown): void {
    this.#failed ??= `call ${this.#calls} since its state was taken, ${name}, could not be run again: ${reason(error)}`;
  }

  /** @throws PluginError `diverged` */
  #stands(): boolean {
    if (this.#failed && this.#upgrade.options.onDivergence === "refuse")
      throw new PluginError("diverged", this.#failed);
    return this.#failed === undefined && !this.#kept.lost;
  }
}
