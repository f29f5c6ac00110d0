/** The system, as a lock asks it: which process this is, and what can be known of another. What a sandbox forbids is unknown. */
import { readFileSync, readlinkSync, statfsSync } from "node:fs";
import { hostname } from "node:os";

export interface System {
  readonly pid: number;
  readonly platform: string;
  /** Whether a file that one thread of a process has open is open under that number in all of them. */
  readonly sharesFiles: boolean;
  host(): string | undefined;
  /** Names the run of the kernel, which containers share: another one after each boot. Linux only. */
  boot(): string | undefined;
  /** Names the set of processes that process numbers count in: each container has its own. Linux only. */
  namespace(): string | undefined;
  /** When a process of this namespace began, in the system's own words. Linux only. */
  started(pid: number): string | undefined;
  /** Whether a process of this namespace has the number now. */
  exists(pid: number): boolean | undefined;
  /** Whether that may be asked of processes other than this one. */
  mayAsk(): boolean;
  /** Whether the folder's file system is one that a single kernel can have at a time: a local disk. Linux only. */
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
    // One that ended and that its parent has not asked for yet keeps its number, and nothing else.
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

/** The fields of `/proc/<pid>/stat` from the third, the state, on. The second, a name in parentheses, may hold anything. */
function stat(pid: number): string[] {
  // Where `/proc` is that of another namespace, a number in it is another process.
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
