/** Rehearsals in a thread of their own, which can be ended with a guest that never ends. */
import { Worker } from "node:worker_threads";
import type { Contract } from "../../mod.ts";
import type { GrantName } from "../grant-name.ts";
import type { DriveCall } from "./drive.ts";
import type { Rehearsal } from "./rehearse.ts";

export interface ApartOptions {
  /** Names, because functions do not cross to a thread. @default nothing */
  readonly grant?: readonly GrantName[];
  readonly contract?: Contract | undefined;
  readonly state?: Uint8Array | undefined;
  readonly drive?: readonly DriveCall[] | undefined;
  /** @default 1 */
  readonly seed?: number;
  /** Whether made-up numbers stay small. @default false */
  readonly small?: boolean;
  /** @default true */
  readonly swap?: boolean;
  /** Milliseconds for everything. @default 30_000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

const THREAD = new URL(`./rehearsal-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** The data that the thread gets. */
export interface Task extends Omit<ApartOptions, "timeout" | "signal"> {
  readonly old: Uint8Array;
  readonly next: Uint8Array;
}

/** The messages of the thread. */
export type Word = { readonly doing: string } | { readonly done: Rehearsal } | { readonly failed: string };

/**
 * Rehearses as `rehearse` does, in a thread, under a deadline. Ends with a failed step when the time is up,
 * or when the guests crash the thread.
 */
export async function rehearseApart(
  old: Uint8Array,
  next: Uint8Array,
  options: ApartOptions = {},
): Promise<Rehearsal> {
  const { timeout = 30_000, signal, ...rest } = options;
  signal?.throwIfAborted();
  const task: Task = { old, next, ...rest };
  const worker = new Worker(THREAD, { workerData: task, stdout: true, stderr: true });
  let doing = "the thread's start";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: (() => void) | undefined;
  try {
    return await new Promise<Rehearsal>((resolve, reject) => {
      const failed = (why: string) => resolve(endedBy(`${why}, in ${doing}`));
      const late = () => failed(`the rehearsal did not end within ${timeout} ms`);
      worker.once("message", () => {
        // The time counts for the guests, not for the start of the thread.
        clearTimeout(timer);
        timer = setTimeout(late, timeout);
      });
      worker.on("message", (word: Word) => {
        if ("doing" in word) doing = word.doing;
        else if ("done" in word) resolve(word.done);
        else failed(`the rehearsal failed: ${word.failed}`);
      });
      worker.on("error", (error) => failed(`the rehearsal's thread died: ${error.message}`));
      worker.on("exit", () => failed("the rehearsal's thread ended"));
      timer = setTimeout(late, timeout);
      abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
    });
  } finally {
    clearTimeout(timer);
    if (abort) signal?.removeEventListener("abort", abort);
    await worker.terminate();
  }
}

function endedBy(text: string): Rehearsal {
  const steps = [{ name: "thread", outcome: "failed", text }] as const;
  return { ok: false, steps, seed: undefined, stateBytes: 0, record: undefined, answers: undefined };
}
