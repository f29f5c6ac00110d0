/** The idle hosts of a plugin: started ahead, or kept for the next instance of the same module. */
import { after } from "../timer.ts";
import type { InstanceHost, InstanceHosts, Rehearsal } from "./instance-host.ts";
import type { ModuleToSend } from "./orders.ts";

/** Milliseconds that an idle host is kept which nothing asked for. */
const LINGERING = 5_000;
/** Milliseconds before a host is started ahead: what serves answers the calls that wait for it first. */
const BEFORE = 5;

/** A host that takes a while to start. */
export interface PooledHost extends InstanceHost {
  /** Whether nothing is under way in it. */
  readonly idle: boolean;
  /** Waits until it has started. @throws PluginError `unavailable` */
  started(): Promise<this>;
  /** Ends it, whatever runs in it. @returns resolves when it has ended */
  end(error: unknown): Promise<void>;
}

interface Idle<H> {
  readonly host: H;
  /** Resolves when nothing of what was done ahead is under way in it. */
  readonly free: Promise<unknown>;
  readonly clear: () => void;
}

export class HostPool<H extends PooledHost> implements InstanceHosts {
  readonly #idle = new Map<ModuleToSend, Idle<H>>();
  /** The module that one is always kept ready for. */
  #spare: ModuleToSend | undefined;
  /** Gives up the start of one that is to come. */
  #clear = () => {};
  #closed = false;
  readonly #start: (module: ModuleToSend) => H;

  /** @param start starts one */
  constructor(start: (module: ModuleToSend) => H) {
    this.#start = start;
  }

  /** One for the module. @throws PluginError `unavailable` */
  async take(module: ModuleToSend): Promise<H> {
    const idle = this.#idle.get(module);
    this.#idle.delete(module);
    idle?.clear();
    await idle?.free;
    return (idle && (await this.#alive(idle.host))) ?? this.#start(module).started();
  }

  /** @returns nothing for a host that ended while it was idle */
  async #alive(host: H): Promise<H | undefined> {
    if (host.ended !== undefined) return undefined;
    await host.started();
    return host.ended === undefined ? host : undefined;
  }

  /** Takes one back. @returns resolves when it has ended, or is kept */
  async give(host: H): Promise<void> {
    if (host.ended !== undefined) return;
    if (!host.idle || this.#closed || this.#idle.has(host.module)) return host.end(ENDED);
    this.#keep(host);
  }

  /** Starts one ahead, unless one is ready. */
  warm(module: ModuleToSend): void {
    if (!this.#closed && !this.#idle.has(module)) this.#keep(this.#start(module));
  }

  /** Keeps one ready for this module, for as long as it serves. */
  keepReady(module: ModuleToSend, rehearsal: Rehearsal): void {
    this.keepNone(module);
    this.#spare = module;
    if (this.#closed) return;
    const begin = () => this.#rehearsed(module, rehearsal);
    this.#clear = after(BEFORE, begin, { name: "a spare host", unref: true });
  }

  #rehearsed(module: ModuleToSend, rehearsal: Rehearsal): void {
    if (this.#idle.has(module)) return;
    const host = this.#start(module);
    // An error of it is that of whatever is made there.
    const free = host
      .started()
      .then(rehearsal)
      .catch(() => {});
    this.#keep(host, free);
  }

  /** Keeps none ready any more. @param but the module that serves now */
  keepNone(but?: ModuleToSend): void {
    const before = this.#spare;
    this.#spare = undefined;
    this.#clear();
    const idle = before && this.#idle.get(before);
    if (idle && before !== but) this.#drop(idle.host);
  }

  close(): void {
    this.#closed = true;
    this.#clear();
    for (const { host } of [...this.#idle.values()]) this.#drop(host);
  }

  #keep(host: H, free: Promise<unknown> = Promise.resolve()): void {
    const { module } = host;
    const drop = () => {
      if (module !== this.#spare) this.#drop(host);
    };
    this.#idle.set(module, {
      host,
      free,
      clear: after(LINGERING, drop, { name: "an idle host", unref: true }),
    });
  }

  #drop(host: H): void {
    const idle = this.#idle.get(host.module);
    if (idle?.host === host) {
      idle.clear();
      this.#idle.delete(host.module);
    }
    void host.end(ENDED);
  }
}

const ENDED = new Error("its thread has ended");
