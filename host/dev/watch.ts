/**
 * Sources that change: a plugin's own files, built after every save, or a module that another tool builds.
 */
import { stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { LiveSource } from "../mod.ts";
import { type Changes, type ChangesOptions, changes, type Marks, marks } from "./changes.ts";
import { type BuildResult, type Maker, type MakerOptions, moduleMaker, sourceMaker } from "./maker.ts";

export interface WatchOptions extends MakerOptions {
  /** Milliseconds without a further change until a file counts as saved. @default 15 */
  readonly settle?: number;
  /** Called with each event. @default a plugin that follows the source tells failures as its event `error` */
  readonly onEvent?: ((event: WatchEvent) => void) | undefined;
}

export type WatchEvent =
  /** Files have changed. */
  | { readonly kind: "changed"; readonly files: readonly string[]; readonly times: WatchTimes }
  | { readonly kind: "made"; readonly made: BuildResult; readonly times: WatchTimes }
  /** The current version stays as it is. */
  | { readonly kind: "failed"; readonly error: Error; readonly times: WatchTimes };

/** In milliseconds since 1970. */
export interface WatchTimes {
  /** When the newest of the changed files was written; unknown for the first build. */
  readonly saved: number | undefined;
  /** When the change was noticed. */
  readonly noticed: number;
}

export interface Watched extends LiveSource, AsyncDisposable {
  /** The last build, and its times; nothing before the first. */
  readonly latest: BuildResult | undefined;
  /** Ends the watching. A plugin that follows the source does this when it is closed. */
  close(): Promise<void>;
}

/**
 * A source that changes with the files of `path`: an entry file with everything that it imports, a folder
 * with a plugin's `package.json`, or a `.wasm` file.
 *
 * Files are watched from the first `subscribe` on, which `load` calls, until the last subscription ends. A
 * save that does not build changes nothing, and is told: to `onEvent`, or else by the plugins that follow.
 *
 * @param path a `file:` URL, or a path from the working directory
 * @throws BuildError, ProjectError from `current`, and so from `load`, when there is no first version
 */
export function watch(path: string | URL, { settle, onEvent, ...options }: WatchOptions = {}): Watched {
  const file = path instanceof URL ? fileURLToPath(path) : resolve(path);
  const maker = extname(file) === ".wasm" ? moduleMaker(file) : sourceMaker(file, options);
  return watched(maker, { ...(settle === undefined ? {} : { settle }), onEvent });
}

interface Listener {
  readonly change: (source: Uint8Array) => void;
  readonly failure: ((error: unknown) => void) | undefined;
}

interface FollowOptions extends ChangesOptions {
  readonly onEvent: WatchOptions["onEvent"];
}

function watched(
  { stages, files, close: closeMaker }: Maker,
  { onEvent, ...settling }: FollowOptions,
): Watched {
  const listeners = new Set<Listener>();
  let latest: BuildResult | undefined;
  let failure: Error | undefined;
  let making = new AbortController();
  let began = Date.now();
  /** The files as they were before they were read. */
  let before: Marks = new Map();
  let first: Promise<void> | undefined;
  let watching: Changes | undefined;
  let closing: Promise<void> | undefined;

  /** Runs stages until one fails, or files are saved. */
  async function make(chosen: Maker["stages"], times: WatchTimes): Promise<void> {
    making.abort();
    making = new AbortController();
    const { signal } = making;
    began = Date.now();
    before = await marks(files());
    for (const stage of chosen) {
      const event = await outcome(stage, signal, times);
      if (signal.aborted) return;
      void watching?.set(files(), began, before);
      failure = event.kind === "failed" ? event.error : undefined;
      if (event.kind === "made") latest = event.made;
      onEvent?.(event);
      if (event.kind === "failed") {
        if (!onEvent) for (const { failure: tell } of listeners) tell?.(event.error);
        return;
      }
      for (const { change } of listeners) change(event.made.wasm);
    }
  }

  async function changed(names: readonly string[]): Promise<void> {
    const times = { noticed: Date.now(), saved: await newest(names) };
    if (closing !== undefined) return;
    onEvent?.({ kind: "changed", files: names, times });
    await make(stages, times);
  }

  /** Runs the first stage alone: there may be no subscriber for later ones yet. */
  function begin(): Promise<void> {
    first ??= make(stages.slice(0, 1), { noticed: Date.now(), saved: undefined });
    return first;
  }

  async function open(): Promise<void> {
    watching = changes((names) => void changed(names), settling);
    await begin();
    const { signal } = making;
    await watching.set(files(), began, before);
    // Nothing was saved meanwhile: run the other stages.
    if (signal === making.signal && !signal.aborted && failure === undefined) {
      await make(stages.slice(1), { noticed: began, saved: undefined });
    }
  }

  async function end(): Promise<void> {
    making.abort();
    listeners.clear();
    await Promise.all([watching?.close(), closeMaker()]);
  }
  const close = (): Promise<void> => {
    closing ??= end();
    return closing;
  };

  return {
    get latest() {
      return latest;
    },
    async current() {
      await begin();
      if (failure !== undefined || latest === undefined) throw failure ?? new Error("the watching was ended");
      return latest.wasm;
    },
    subscribe(change, failure) {
      const listener = { change, failure };
      listeners.add(listener);
      if (watching === undefined && closing === undefined) void open();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) void close();
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function outcome(
  stage: Maker["stages"][number],
  signal: AbortSignal,
  times: WatchTimes,
): Promise<Exclude<WatchEvent, { kind: "changed" }>> {
  try {
    return { kind: "made", made: await stage(signal), times };
  } catch (error) {
    return { kind: "failed", error: error as Error, times };
  }
}

/** When the newest of the files was written. */
async function newest(files: readonly string[]): Promise<number | undefined> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  const times = found.flatMap((status) => (status ? [status.mtimeMs] : []));
  return times.length > 0 ? Math.max(...times) : undefined;
}
