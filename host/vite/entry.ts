/** One entry file in development: its last build, and its errors now. */
import { basename } from "node:path";
import { type Built, digestOf, type PluginCompiler } from "./compiler.ts";
import type { Failure } from "./failure.ts";

/** The results of an entry's builds. */
export interface Stand {
  /** The last successful build, which serves. */
  readonly built: Built | undefined;
  /** Why the last build failed. */
  readonly failure: Failure | undefined;
}

export class Entry implements Stand {
  /** An absolute path, with `/`. */
  readonly file: string;
  /** Identifies the entry to the page and in its URL. */
  readonly key: string;
  built: Built | undefined;
  failure: Failure | undefined;
  readonly #compiler: PluginCompiler;
  readonly #onBuild: (entry: Entry, before: Stand) => void;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param onBuild is called after every build, successful or not, with the results before it */
  constructor(file: string, compiler: PluginCompiler, onBuild: (entry: Entry, before: Stand) => void) {
    this.file = file;
    const name = basename(file).replace(/\.ts$/, "");
    this.key = `${name.replace(/[^\w-]/g, "-")}-${digestOf(file)}`;
    this.#compiler = compiler;
    this.#onBuild = onBuild;
  }

  /** Whether a change of that file may change the build. */
  hangsOn(file: string): boolean {
    if (file === this.file || this.built?.files.includes(file)) return true;
    // These are searched for upwards: they have the package's name and version, and its compiler options.
    const folder = /^(.*\/)(?:package|asconfig)\.json$/.exec(file)?.[1];
    if (folder !== undefined) return this.file.startsWith(folder) && !file.includes("/node_modules/");
    const { files, blind } = this.failure ?? {};
    return (blind && file.endsWith(".ts")) || (files?.includes(file) ?? false);
  }

  /**
   * Builds the current files. Changes that come meanwhile lead to one further build. Never rejects: see
   * `failure`.
   */
  build(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#once().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.build();
    });
    return this.#next;
  }

  async #once(): Promise<void> {
    const before: Stand = { built: this.built, failure: this.failure };
    try {
      this.built = await this.#compiler.build(this.file);
      this.failure = undefined;
    } catch (error) {
      this.failure = error as Failure;
    }
    this.#onBuild(this, before);
  }
}
