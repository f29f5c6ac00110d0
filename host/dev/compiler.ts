/**
 * A thread that builds and stays warm: the compiler stays loaded, and the libraries stay parsed. A crash of
 * the compiler would end its process; here it only ends the thread, and the next build starts a new one.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Build, type BuildDiagnostic, BuildError, type BuildOptions } from "../../abi/transform/mod.ts";

export interface Compiler extends AsyncDisposable {
  /**
   * Builds as `build` of `moult/transform` does, one after the other, without blocking this thread.
   *
   * @throws BuildError when the program has errors, when the compiler crashed, and when it was closed
   * @throws the reason of the signal
   */
  build(entry: string | URL, options?: CompilerBuildOptions): Promise<Build>;
  /** Ends the thread. Unfinished builds fail. */
  close(): Promise<void>;
}

export interface CompilerBuildOptions extends Omit<BuildOptions, "library"> {
  /**
   * Aborts a build: one that waits is dropped. One under way may still take up to two seconds to end by
   * itself, so that the next one finds a warm thread.
   */
  readonly signal?: AbortSignal;
}

/** The messages to and from the thread. */
export interface Order {
  readonly path: string;
  readonly options: Omit<BuildOptions, "library">;
}
export type Answer =
  /** Not an answer yet: output of a crashing compiler. */
  | { readonly said: string }
  | { readonly build: Build }
  | {
      readonly diagnostics: readonly BuildDiagnostic[];
      readonly cause: Error | undefined;
      readonly files: readonly string[];
    }
  | { readonly error: Error };

interface Job extends Order {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (build: Build) => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds that an aborted build may go on. */
const PATIENCE = 2_000;
const MOST_SAID = 10_000;
const THREAD = new URL(`./compiler-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** Starts nothing before the first build. An idle thread does not keep the process alive. */
export function compiler(): Compiler {
  const waiting: Job[] = [];
  let running: Job | undefined;
  let thread: Worker | undefined;
  let closed = false;

  function next(): void {
    running = waiting.shift();
    if (running === undefined) {
      thread?.unref();
      return;
    }
    thread ??= start();
    thread.ref();
    try {
      thread.postMessage({ path: running.path, options: running.options } satisfies Order);
    } catch (error) {
      // The options cannot be sent to a thread.
      settle({ error: error as Error });
    }
  }

  function start(): Worker {
    const made = new Worker(THREAD);
    let said = "";
    made.on("message", (answer: Answer) => {
      if ("said" in answer) said = (said + answer.said).slice(-MOST_SAID);
      else settle(answer);
    });
    const ended = (cause: Error): void => {
      if (thread !== made) return;
      thread = undefined;
      settle({ diagnostics: [], cause, files: [] });
    };
    made.on("error", (error) => ended(new Error(`the compiler crashed: ${error.message}`, { cause: error })));
    made.on("exit", (code) =>
      ended(new Error(`the compiler crashed: ${reason(said) ?? `exit code ${code}`}`)),
    );
    return made;
  }

  function settle(answer: Exclude<Answer, { readonly said: string }>): void {
    const job = running;
    if (job === undefined) return;
    if ("build" in answer) job.resolve(answer.build);
    else if ("error" in answer) job.reject(answer.error);
    else job.reject(new BuildError(job.path, answer.diagnostics, answer));
    next();
  }

  function abandon(job: Job): void {
    job.reject(job.signal?.reason);
    const index = waiting.indexOf(job);
    if (index >= 0) waiting.splice(index, 1);
    if (running !== job) return;
    const kill = () => {
      if (running === job) void thread?.terminate();
    };
    setTimeout(kill, PATIENCE).unref();
  }

  async function close(): Promise<void> {
    closed = true;
    const cause = new Error("the compiler was closed");
    for (const job of [...(running ? [running] : []), ...waiting.splice(0)]) {
      job.reject(new BuildError(job.path, [], { cause }));
    }
    running = undefined;
    await thread?.terminate();
  }

  return {
    build(entry, { signal, ...given } = {}) {
      const path = resolve(entry instanceof URL ? fileURLToPath(entry) : entry);
      const options = { ...given, from: resolve(given.from ?? ".") };
      return new Promise((resolve, reject) => {
        if (closed) throw new BuildError(path, [], { cause: new Error("the compiler was closed") });
        signal?.throwIfAborted();
        const job: Job = {
          path,
          options,
          signal,
          resolve: (build) => leave(() => resolve(build)),
          reject: (error) => leave(() => reject(error)),
        };
        const abort = () => abandon(job);
        const leave = (end: () => void) => {
          signal?.removeEventListener("abort", abort);
          end();
        };
        signal?.addEventListener("abort", abort);
        waiting.push(job);
        if (running === undefined) next();
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The last line that the compiler printed about its crash, before a trace. */
function reason(said: string): string | undefined {
  return /^▌ (\w*Error: .+)$/m.exec(said)?.[1];
}
