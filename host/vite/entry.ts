/** One entry file while its author works on it: what it was last built to, and what is wrong with it now. */
import { basename } from "node:path";
import { type Built, digestOf, type PluginCompiler } from "./compiler.ts";
import type { Failure } from "./failure.ts";

/** What an entry had come to. */
export interface Stand {
  /** The last build that went well: it serves. */
  readonly built: Built | undefined;
  /** Why the last build did not. */
  readonly failure: Failure | undefined;
}

export class Entry implements Stand {
  /** Absolute, with `/`. */
  readonly file: string;
  /** Names it between server and page, and in its URL. */
  readonly key: string;
  built: Built | undefined;
  failure: Failure | undefined;
  readonly #compiler: PluginCompiler;
  readonly #onBuild: (entry: Entry, before: Stand) => void;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param onBuild is told of every build, good or bad, and where the entry stood before it */
  constructor(file: string, compiler: PluginCompiler, onBuild: (entry: Entry, before: Stand) => void) {
    this.file = file;
    const name = basename(file).replace(/\.ts$/, "");
    this.key = `${name.replace(/[^\w-]/g, "-")}-${digestOf(file)}`;
    this.#compiler = compiler;
    this.#onBuild = onBuild;
  }

  /** Whether a change of that file may change what this one is built to. */
  hangsOn(file: string): boolean {
    if (file === this.file || this.built?.files.includes(file)) return true;
    // Looked for upwards: the package's name and version, and how it is built.
    const folder = /^(.*\/)(?:package|asconfig)\.json$/.exec(file)?.[1];
    if (folder !== undefined) return this.file.startsWith(folder) && !file.includes("/node_modules/");
    const { files, blind } = this.failure ?? {};
    return (blind && file.endsWith(".ts")) || (files?.includes(file) ?? false);
  }

  /** Builds it as it is now. Changes that come meanwhile are built together, once. Never fails: see `failure`. */
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
