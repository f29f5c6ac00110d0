/** Programs of the load: each is a process of its own, told to stop or killed while calls go on. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { linesOf } from "../fabric/child.ts";

export class Process {
  readonly #child: ChildProcess;
  readonly #ready: Promise<Record<string, unknown>>;
  readonly #ended: Promise<string>;

  /** @param file of this folder, which uses what was built, and prints a line of JSON when it is ready */
  constructor(file: string, ...args: string[]) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    // Not the options of the tests' own process, which would have it read the sources.
    const env = { ...process.env, NODE_OPTIONS: undefined };
    this.#child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"], env });
    const end = () => this.#child.kill("SIGKILL");
    process.once("exit", end);
    this.#child.once("exit", () => process.off("exit", end));
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(String(signal ?? code)));
    });
    this.#ready = this.#first();
  }

  /** What it said first. */
  get ready(): Promise<Record<string, unknown>> {
    return this.#ready;
  }

  /** Tells it to stop, and waits until it has. @returns how it ended */
  stop(): Promise<string> {
    this.#child.kill("SIGTERM");
    return this.#ended;
  }

  kill(): Promise<string> {
    this.#child.kill("SIGKILL");
    return this.#ended;
  }

  async #first(): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      void this.#ended.then((how) => reject(new Error(`it ended (${how}) and was not ready`)));
      void (async () => {
        for await (const line of linesOf(this.#child)) resolve(JSON.parse(line));
      })();
    });
  }
}
