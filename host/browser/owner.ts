/**
 * One owner of a store among all tabs and workers of a site, by Web Locks: the browser takes a lock from a
 * page that is gone, however it ended.
 */
import { PluginError } from "../mod.ts";

export interface Owner {
  /** @throws PluginError `store-locked` once another one has taken the store by force */
  check(): void;
  /** Resolves when the next one may have it. */
  release(): Promise<void>;
}

/**
 * Takes a store.
 *
 * @param name of the store, in messages
 * @param key the name of its lock
 * @param wait whether to wait for the one that has it; a signal ends the waiting
 * @throws PluginError `store-locked`, naming who has it; `store-failed` where there are no Web Locks
 */
export async function own(name: string, key: string, wait: boolean | AbortSignal): Promise<Owner> {
  const { locks } = (globalThis.navigator ?? {}) as { readonly locks?: LockManager };
  if (!locks) {
    throw new PluginError(
      "store-failed",
      `could not open ${name}: there are no Web Locks here, which browsers give to secure pages (https, or localhost)`,
    );
  }
  const held = await hold(locks, key, waiting(wait)).catch(async (cause) => {
    const gaveUp = wait instanceof AbortSignal && wait.aborted;
    if (!gaveUp) throw cause;
    const who = await holder(locks, key);
    const text = `could not open ${name}: ${who} has it, and the wait for it was given up`;
    throw new PluginError("store-locked", text, { cause });
  });
  if (!held) {
    const who = await holder(locks, key);
    throw new PluginError(
      "store-locked",
      `could not open ${name}: ${who} has it; close that, or say wait: true`,
    );
  }
  // Locks cannot be asked who holds them: this one tells.
  const told = await hold(locks, `${key} is had by ${self()}`, { mode: "shared" });
  let lost: PluginError | undefined;
  held.over.catch((cause) => {
    const text = `could not write to ${name}: its lock was taken away, and another page may have it now`;
    lost = new PluginError("store-locked", text, { cause });
  });
  return {
    check() {
      if (lost) throw lost;
    },
    async release() {
      held.letGo();
      told?.letGo();
      await Promise.allSettled([held.over, told?.over]);
    },
  };
}

function waiting(wait: boolean | AbortSignal): LockOptions {
  return wait === false ? { ifAvailable: true } : wait === true ? {} : { signal: wait };
}

interface Held {
  letGo(): void;
  /** Resolves when it was let go, and rejects when it was taken away. */
  readonly over: Promise<unknown>;
}

/** Holds a lock until it is let go. @returns `undefined` if it may not wait, and another one has it */
async function hold(locks: LockManager, key: string, options: LockOptions): Promise<Held | undefined> {
  let letGo = () => {};
  const until = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let over: Promise<unknown> = until;
  const got = await new Promise<boolean>((resolve, reject) => {
    over = locks.request(key, options, (lock) => {
      resolve(lock !== null);
      return lock ? until : undefined;
    });
    over.catch(reject);
  });
  return got ? { letGo, over } : undefined;
}

async function holder(locks: LockManager, key: string): Promise<string> {
  const { held = [] } = await locks.query();
  const told = held.find(({ name }) => name?.startsWith(`${key} is had by `));
  return told?.name?.slice(`${key} is had by `.length) ?? "another page or worker";
}

/** This page or worker, for messages of others of this site: its address without what may be secret in it. */
function self(): string {
  const { location, document } = globalThis as { readonly location?: Location; readonly document?: unknown };
  const address = location?.href.replace(/[?#].*/s, "") ?? "no address";
  return `${document ? "the page" : "the worker"} ${address} (since ${new Date().toISOString()})`;
}
