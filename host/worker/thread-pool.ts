/** The idle threads of a plugin: started ahead, or kept for the next instance of the same module. */
import { after } from "../timer.ts";
import { Hosting } from "./hosting.ts";
import type { InstanceHosts, Rehearsal } from "./instance-host.ts";
import type { SentModule } from "./orders.ts";

/** Milliseconds that an idle thread is kept which nothing asked for. */
const LINGERING = 5_000;
/** Milliseconds before a thread is started ahead: what serves answers the calls that wait for it first. */
const BEFORE = 5;

interface Idle {
  readonly hosting: Hosting;
  /** Resolves when nothing of what was done ahead is under way in it. */
  readonly free: Promise<unknown>;
  readonly clear: () => void;
}

export class ThreadPool implements InstanceHosts {
  readonly #idle = new Map<SentModule, Idle>();
  /** The module that a thread is always kept ready for. */
  #spare: SentModule | undefined;
  /** Gives up the start of a thread that is to come. */
  #clear = () => {};
  #closed = false;

  /** A thread for the module. @throws PluginError `unavailable` */
  async take(module: SentModule): Promise<Hosting> {
    const idle = this.#idle.get(module);
    this.#idle.delete(module);
    idle?.clear();
    await idle?.free;
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

  /** Keeps a thread ready for this module, for as long as it serves. */
  keepReady(module: SentModule, rehearsal: Rehearsal): void {
    this.keepNone(module);
    this.#spare = module;
    if (this.#closed) return;
    const begin = () => this.#rehearsed(module, rehearsal);
    this.#clear = after(BEFORE, begin, { name: "a spare thread", unref: true });
  }

  #rehearsed(module: SentModule, rehearsal: Rehearsal): void {
    if (this.#idle.has(module)) return;
    const hosting = new Hosting(module);
    // An error of it is that of whatever is made there.
    const free = hosting
      .started()
      .then(rehearsal)
      .catch(() => {});
    this.#keep(hosting, free);
  }

  /** Keeps none ready any more. @param but the module that serves now */
  keepNone(but?: SentModule): void {
    const before = this.#spare;
    this.#spare = undefined;
    this.#clear();
    const idle = before && this.#idle.get(before);
    if (idle && before !== but) this.#drop(idle.hosting);
  }

  close(): void {
    this.#closed = true;
    this.#clear();
    for (const { hosting } of [...this.#idle.values()]) this.#drop(hosting);
  }

  #keep(hosting: Hosting, free: Promise<unknown> = Promise.resolve()): void {
    const { module } = hosting;
    const drop = () => {
      if (module !== this.#spare) this.#drop(hosting);
    };
    this.#idle.set(module, {
      hosting,
      free,
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
