/** Locks: one process has a directory. A lock whose process is gone is taken over. */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { PluginError } from "../mod.ts";

/** The names of files that belong to a lock. */
export const LOCK_FILES = /^LOCK(\.|$)/;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When that process began, in the system's own words: its number is used again by others. */
  readonly started: string | undefined;
  readonly token: string;
}

export interface Lock {
  /** Whether it is still ours. */
  held(): boolean;
  release(): void;
}

/** @throws PluginError `store-locked` naming the process that has it */
export function lock(folder: string): Lock {
  const path = join(folder, "LOCK");
  const self: Holder = {
    pid: process.pid,
    host: hostname(),
    started: started(process.pid),
    token: randomUUID(),
  };
  if (!claim(path, self)) takeOver(folder, path, self);
  const held = () => holder(path)?.token === self.token;
  return {
    held,
    release() {
      if (held()) rmSync(path, { force: true });
    },
  };
}

/** Under a lock of its own, so that of two who find the same process gone one comes first. */
function takeOver(folder: string, path: string, self: Holder): void {
  const turn = join(folder, "LOCK.takeover");
  if (!claim(turn, self)) {
    const other = holder(turn);
    if (other && lives(other)) throw locked(folder, other);
    rmSync(turn, { force: true });
    if (!claim(turn, self)) throw locked(folder, holder(turn));
  }
  try {
    const other = holder(path);
    if (other && lives(other)) throw locked(folder, other);
    rmSync(path, { force: true });
    if (!claim(path, self)) throw locked(folder, holder(path));
  } finally {
    rmSync(turn, { force: true });
  }
}

/** Makes the file with all that is in it at one stroke. @returns whether it was not there */
function claim(path: string, self: Holder): boolean {
  const text = `${JSON.stringify(self)}\n`;
  const whole = `${path}.${self.token}`;
  writeFileSync(whole, text, { mode: 0o600 });
  try {
    linkSync(whole, path);
    return true;
  } catch (error) {
    if (code(error) === "EEXIST") return false;
    // A file system without hard links: made and written in two strokes.
    return claimInTwo(path, text);
  } finally {
    rmSync(whole, { force: true });
  }
}

function claimInTwo(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (code(error) === "EEXIST") return false;
    throw error;
  }
}

function holder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (code(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether the process that wrote it may still run; of another machine nobody here can tell. */
function lives({ pid, host, started: then }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return code(error) !== "ESRCH";
  }
  const now = started(pid);
  return then === undefined || now === undefined || now === then;
}

/** On Linux: the boot, and the clock tick of it in which the process began. Elsewhere unknown. */
function started(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything.
    return `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined;
  }
}

function locked(folder: string, by: Holder | undefined): PluginError {
  const who = by ? `process ${by.pid} on ${by.host} has it` : "another process takes it";
  const way = "if that is gone for good, remove the file LOCK";
  return new PluginError("store-locked", `could not open the directory ${folder}: ${who}; ${way}`);
}

function code(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
