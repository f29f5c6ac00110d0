/** The idle threads of a plugin: started ahead, or kept for the next instance of the same module. */
import { after } from "../timer.ts";
import { Hosting } from "./hosting.ts";
import type { SentModule } from "./orders.ts";

/** Milliseconds that an idle thread is kept which nothing asked for. */
const LINGERING = 5_000;

interface Idle {
  readonly hosting: Hosting;
  readonly clear: () => void;
}

export class ThreadPool {
  readonly #idle = new Map<SentModule, Idle>();
  /** The module that a thread is always kept ready for. */
  #spare: SentModule | undefined;
  #closed = false;

  /** A thread for the module. @throws PluginError `unavailable` */
  take(module: SentModule): Promise<Hosting> {
    const idle = this.#idle.get(module);
    this.#idle.delete(module);
    idle?.clear();
    const hosting = idle && idle.hosting.ended === undefined ? idle.hosting : new Hosting(module);
    return hosting.started();
  }

  /** Takes a thread back. @returns resolves when it has ended, or is kept */
  async give(hosting: Hosting): Promise<void> {
    if (hosting.ended !== undefined) return;
    if (!hosting.idle || this.#closed || this.#idle.has(hosting.module)) return hosting.end(ENDED);
    this.#keep(hosting);
  }

  /** Starts a thread ahead, unless one is ready. */
  warm(module: SentModule): void {
    if (!this.#closed && !this.#idle.has(module)) this.#keep(new Hosting(module));
  }

  /** Keeps a thread ready for this module, for as long as it serves; for none with `undefined`. */
  keepReady(module: SentModule | undefined): void {
    const before = this.#spare;
    this.#spare = module;
    const idle = before && this.#idle.get(before);
    if (idle && before !== module) this.#drop(idle.hosting);
    if (module) this.warm(module);
  }

  close(): void {
    this.#closed = true;
    for (const { hosting } of [...this.#idle.values()]) this.#drop(hosting);
  }

  #keep(hosting: Hosting): void {
    const { module } = hosting;
    const drop = () => {
      if (module !== this.#spare) this.#drop(hosting);
    };
    this.#idle.set(module, {
      hosting,
      clear: after(LINGERING, drop, { name: "an idle thread", unref: true }),
    });
  }

  #drop(hosting: Hosting): void {
    const idle = this.#idle.get(hosting.module);
    if (idle?.hosting === hosting) {
      idle.clear();
      this.#idle.delete(hosting.module);
    }
    void hosting.end(ENDED);
  }
}

const ENDED = new Error("its thread has ended");
