/**
 * Compares the answers of a version that was just taken while it serves: in a thread, with copies of both
 * modules and of the state. If versions follow each other quickly, only the last is compared.
 */

import type { RehearsalStep } from "../../dev/check/play.ts";
import { rehearseApart } from "../../dev/check/rehearse-apart.ts";
import type { GrantName } from "../../dev/grant-name.ts";
import type { BuildResult } from "../../dev/maker.ts";

export interface LiveAnswersOptions {
  readonly grant: readonly GrantName[];
  /** Called with notable differences. */
  readonly onNote: (lines: readonly string[]) => void;
}

export interface Look {
  /** The version before. @default none: the new version is compared with itself alone */
  readonly before: BuildResult | undefined;
  readonly made: BuildResult;
  /** A snapshot of the version before. */
  readonly state: Uint8Array | undefined;
}

export interface LiveAnswers extends Disposable {
  look(look: Look): void;
}

/** Milliseconds that made-up calls may take; longer comparisons are left to `moult check`. */
const TIMEOUT = 10_000;

export function liveAnswers({ grant, onNote }: LiveAnswersOptions): LiveAnswers {
  let going: AbortController | undefined;
  /** The last note, so that it is not repeated after every save. */
  let last = "";

  async function compare({ before, made, state }: Look, signal: AbortSignal): Promise<void> {
    const task = { grant, state, small: true, swap: false, timeout: TIMEOUT, signal };
    const { steps } = await rehearseApart(before?.wasm ?? made.wasm, made.wasm, task);
    const held = lines(steps, before === undefined ? "old" : "new", "failed");
    if (held.length > 0 && held.join() !== last) onNote(held);
    last = held.join();
    const between = before === undefined ? [] : lines(steps, "between", "note");
    if (between.length > 0) onNote(between);
  }

  return {
    look(look) {
      going?.abort();
      going = new AbortController();
      const { signal } = going;
      compare(look, signal).catch((error: unknown) => {
        if (!signal.aborted) onNote([`its answers could not be compared: ${String(error)}`]);
      });
    },
    [Symbol.dispose]: () => going?.abort(),
  };
}

function lines(
  steps: readonly RehearsalStep[],
  of: RehearsalStep["of"],
  outcome: RehearsalStep["outcome"],
): string[] {
  return steps.filter((step) => step.of === of && step.outcome === outcome).map(({ text }) => text);
}
