/**
 * The system as a lock sees it: the identity of this process, and what can be found out about others. What a
 * sandbox forbids is unknown.
 */
import { readFileSync, readlinkSync, statfsSync } from "node:fs";
import { hostname } from "node:os";

export interface System {
  readonly pid: number;
  readonly platform: string;
  /**
   * Whether a file that one thread of a process opened is open under the same number in all of its threads.
   */
  readonly sharesFiles: boolean;
  host(): string | undefined;
  /** Identifies the boot of the kernel, which all containers share. Linux only. */
  boot(): string | undefined;
  /** Identifies the namespace of process numbers: each container has its own. Linux only. */
  namespace(): string | undefined;
  /** When a process of this namespace began, as the system spells it. Linux only. */
  started(pid: number): string | undefined;
  /** Whether a process of this namespace has the number now. */
  exists(pid: number): boolean | undefined;
  /** Whether `exists` may be asked of other processes. */
  mayAsk(): boolean;
  /** Whether the folder is on a file system that one kernel has to itself: a local disk. Linux only. */
  isLocal(folder: string): boolean;
}

/** `f_type` of ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs and overlayfs. */
const LOCAL = [0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x01021994, 0x794c7630];

export const system: System = {
  pid: process.pid,
  platform: process.platform,
  sharesFiles: process.versions.deno === undefined,
  host: () => allowed(hostname),
  boot: () => onLinux(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
  namespace: () => onLinux(() => readlinkSync("/proc/self/ns/pid")),
  started: (pid) => onLinux(() => stat(pid)[19]),
  exists(pid) {
    // A process that ended keeps its number until its parent collects it, but runs no more.
    if (onLinux(() => /[ZX]/.test(stat(pid)[0] ?? ""))) return false;
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      return code === "ESRCH" ? false : code === "EPERM" ? true : undefined;
    }
  },
  mayAsk: () => system.exists(process.ppid) !== undefined,
  isLocal: (folder) => onLinux(() => LOCAL.includes(statfsSync(folder).type >>> 0)) ?? false,
};

/**
 * The fields of `/proc/<pid>/stat` from the third, the state, on. The second, a name in parentheses, may
 * contain anything.
 */
function stat(pid: number): string[] {
  // Where `/proc` belongs to another namespace, its numbers are those of other processes.
  const own = readlinkSync("/proc/self") === String(process.pid);
  if (!own && pid !== process.pid) throw new Error("/proc is that of another namespace");
  const text = readFileSync(`/proc/${pid === process.pid ? "self" : pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function onLinux<T>(ask: () => T): T | undefined {
  return process.platform === "linux" ? allowed(ask) : undefined;
}

function allowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
