/** Locks: one process has a directory. A lock is taken over if its process is gone, and only then. */
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { PluginError } from "../mod.ts";
import { doubts, type Found, found, type Holder, isFirst, judge, own, type Verdict } from "./holder.ts";
import { type LockSocket, listen, socketName } from "./lock-socket.ts";
import { leadsTo } from "./name.ts";
import { system as real, type System } from "./system.ts";

/** The names of files that belong to a lock. */
export const LOCK_FILES = /^LOCK(\.|$)/;

export interface Lock {
  /** What this lock cannot promise here. */
  readonly doubts: readonly string[];
  /** Whether its file still has a name: a quick check of the open file. */
  readonly linked: boolean;
  /** Checks that this process still has the folder. @throws PluginError `store-locked`, `store-failed` */
  check(): void;
  release(): void;
}

/** On Windows the name of a removed file stays until the file is closed. */
const NAMES_STAY = process.platform === "win32";

/** What all steps of taking a lock share. */
interface Taking {
  readonly folder: string;
  readonly path: string;
  readonly self: Holder;
  readonly system: System;
}

/** @throws PluginError `store-locked`, naming the process that has it or may have it */
export async function lock(folder: string, system: System = real): Promise<Lock> {
  const token = randomUUID();
  // Outside of containers, process numbers are enough, and some programs that copy folders cannot copy a
  // socket.
  const socket = isFirst(system) ? undefined : await listen(folder, token);
  try {
    const self = own(system, token, socket !== undefined);
    const taking: Taking = { folder, path: join(folder, "LOCK"), self, system };
    const file = claim(taking.path, self) ?? (await takeOver(taking));
    sweep(taking);
    return new HeldLock(taking, file, socket);
  } catch (error) {
    socket?.close();
    throw error;
  }
}

class HeldLock implements Lock {
  readonly doubts: readonly string[];
  readonly #folder: string;
  readonly #path: string;
  readonly #token: string;
  readonly #file: number;
  readonly #socket: LockSocket | undefined;
  /** Whether the name leads to the open file: while it is open, no other file gets its inode. */
  readonly #leads: () => boolean;

  constructor({ folder, path, self, system }: Taking, file: number, socket: LockSocket | undefined) {
    this.doubts = doubts(self, system);
    this.#folder = folder;
    this.#path = path;
    this.#token = self.token;
    this.#file = file;
    this.#socket = socket;
    this.#leads = leadsTo(file, path);
  }

  get linked(): boolean {
    return fs.fstatSync(this.#file).nlink > 0;
  }

  check(): void {
    if (this.#leads()) return;
    // Some file systems give a file another inode each time.
    const now = found(this.#path);
    if (now?.is === "holder" && now.holder.token === this.#token) return;
    throw this.#loss(now);
  }

  #loss(now: Found | undefined): PluginError {
    const could = `could not write to the directory ${this.#folder}`;
    if (!fs.existsSync(this.#folder)) {
      return new PluginError("store-failed", `${could}: it was removed or moved`);
    }
    const why = now?.is === "holder" ? `${named(now.holder)} took it` : "its file LOCK is gone";
    return new PluginError("store-locked", `${could}: ${why}, so it may be another process's now`);
  }

  release(): void {
    const mine = attempt(() => {
      this.check();
      return true;
    });
    fs.closeSync(this.#file);
    if (mine) fs.rmSync(this.#path, { force: true });
    this.#socket?.close();
  }
}

/** Takes over under a lock of its own, so that only one of two processes does. */
async function takeOver(taking: Taking): Promise<number> {
  const turn = { ...taking, path: join(taking.folder, "LOCK.takeover") };
  let mine = claim(turn.path, taking.self);
  if (mine === undefined) {
    await cleared(turn);
    mine = claim(turn.path, taking.self);
  }
  if (mine === undefined) throw locked(taking, found(turn.path));
  try {
    await cleared(taking);
    const file = claim(taking.path, taking.self);
    if (file === undefined) throw locked(taking, found(taking.path));
    return file;
  } finally {
    fs.closeSync(mine);
    fs.rmSync(turn.path, { force: true });
  }
}

/** Removes a lock whose process is gone. @throws PluginError when its process runs, or may run */
async function cleared(taking: Taking): Promise<void> {
  const there = found(taking.path);
  if (!there) return;
  if (there.is === "strange") throw locked(taking, there);
  const verdict = there.is === "damaged" ? "gone" : await judge(there.holder, taking, taking.system);
  if (verdict !== "gone") throw locked(taking, there, verdict);
  discard(taking, there);
}

/** Removes the lock that was judged, and no other one that replaced it meanwhile. */
function discard(taking: Taking, judged: Found): void {
  const aside = `${taking.path}.${taking.self.token}.gone`;
  try {
    fs.renameSync(taking.path, aside);
  } catch (error) {
    if (code(error) === "ENOENT") return;
    throw error;
  }
  const taken = found(aside);
  try {
    if (taken && taken.text !== judged.text) {
      attempt(() => fs.linkSync(aside, taking.path));
      throw locked(taking, taken);
    }
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/**
 * Makes the file with its content atomically.
 * @returns the open file, or undefined when there is one already
 */
function claim(path: string, self: Holder): number | undefined {
  const whole = `${path}.${self.token}`;
  const file = written(whole, self);
  if (NAMES_STAY) fs.closeSync(file);
  try {
    fs.linkSync(whole, path);
    return NAMES_STAY ? fs.openSync(path, "r") : file;
  } catch (error) {
    if (!NAMES_STAY) fs.closeSync(file);
    // In a file system without hard links the file is made first and written then.
    return code(error) === "EEXIST" ? undefined : claimInTwo(path, self);
  } finally {
    fs.rmSync(whole, { force: true });
  }
}

function claimInTwo(path: string, self: Holder): number | undefined {
  try {
    return written(path, self);
  } catch (error) {
    if (code(error) === "EEXIST") return undefined;
    throw error;
  }
}

/** @throws an error with the code `EEXIST` when the file is there */
function written(path: string, self: Holder): number {
  const file = fs.openSync(path, "wx+", 0o600);
  const inode = String(fs.fstatSync(file, { bigint: true }).ino);
  fs.writeSync(file, `${JSON.stringify({ ...self, file, inode })}\n`);
  return file;
}

/** Removes the temporary files of killed processes. */
function sweep({ folder, self }: Taking): void {
  const kept = ["LOCK.takeover", socketName(self.token)];
  const names = attempt(() => fs.readdirSync(folder)) ?? [];
  for (const name of names) {
    if (name.startsWith("LOCK.") && !kept.includes(name)) attempt(() => fs.rmSync(join(folder, name)));
  }
}

function locked({ folder }: Taking, by: Found | undefined, verdict?: Verdict): PluginError {
  const where =
    typeof verdict === "object" ? `, ${verdict.unknown}: whether it still runs cannot be told` : "";
  const why =
    by?.is === "holder"
      ? `${named(by.holder)} has it${where}; if that is gone for good, remove the file LOCK`
      : by?.is === "strange"
        ? "its file LOCK is of another version; if no process has it, remove that file"
        : "another process takes it at this moment";
  return new PluginError("store-locked", `could not open the directory ${folder}: ${why}`);
}

function named({ pid, host }: Holder): string {
  return host === undefined ? `process ${pid}` : `process ${pid} on ${host}`;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function code(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
