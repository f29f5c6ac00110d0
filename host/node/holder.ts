/** Holders of locks: what a process writes about itself, and whether it still runs. See `docs/durable.md`. */
import { fstatSync, readFileSync, statSync } from "node:fs";
import { ask } from "./lock-socket.ts";
import type { System } from "./system.ts";

export interface Holder {
  readonly pid: number;
  readonly token: string;
  readonly host?: string | undefined;
  readonly boot?: string | undefined;
  readonly namespace?: string | undefined;
  readonly started?: string | undefined;
  /** Whether it listens on the socket that its token names. */
  readonly socket?: boolean | undefined;
  /** The number under which the process has the lock file open. */
  readonly file?: number | undefined;
  /** The inode of the lock file; a copy of the file has another one. */
  readonly inode?: string | undefined;
}

/** `damaged`: left by a power cut, since a lock is made atomically. `strange`: from another version. */
export type Found =
  | { readonly is: "holder"; readonly text: string; readonly holder: Holder }
  | { readonly is: "damaged"; readonly text: string }
  | { readonly is: "strange"; readonly text: string };

/** @returns undefined when there is no lock */
export function found(path: string): Found | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
  let json: Partial<Holder> | null;
  try {
    json = JSON.parse(text);
  } catch {
    return { text, is: "damaged" };
  }
  const { pid, token } = json ?? {};
  if (!Number.isSafeInteger(pid) || pid! <= 0 || typeof token !== "string" || !/^[\w-]{8,}$/.test(token)) {
    return { text, is: "strange" };
  }
  return { text, is: "holder", holder: json as Holder };
}

/** The holder that this process writes. */
export function own(system: System, token: string, socket: boolean): Holder {
  return {
    pid: system.pid,
    token,
    host: system.host(),
    boot: system.boot(),
    namespace: system.namespace(),
    started: system.started(system.pid),
    socket,
  };
}

/** Whether a holder still runs, or why that is unknown. */
export type Verdict = "runs" | "gone" | { readonly unknown: string };

const OTHER_MACHINE = "on another machine";

/** @param place the path of the lock, and the folder that it locks */
export async function judge(
  holder: Holder,
  place: { readonly folder: string; readonly path: string },
  system: System,
): Promise<Verdict> {
  const self = own(system, "", false);
  const local = () => system.isLocal(place.folder);
  const otherHost = differ(holder.host, self.host);
  if (differ(holder.boot, self.boot)) {
    // A local disk belongs to one machine at a time, so the kernel under which the holder ran has stopped.
    return !otherHost && local() ? "gone" : { unknown: `${OTHER_MACHINE}, or before this one was started` };
  }
  if (same(holder.boot, self.boot) && isCopy(holder, place.path) && local()) return "gone";
  const answer = holder.socket ? await ask(place.folder, holder.token) : "unknown";
  if (answer === "listens") return "runs";
  if (!same(holder.boot, self.boot) && otherHost) return { unknown: OTHER_MACHINE };
  // A socket answers for this kernel only. Where neither process knows its kernel, that has to be enough.
  const blind = !known(holder) && !known(self);
  if (answer === "refused" && (same(holder.boot, self.boot) || blind || local())) return "gone";
  if (differ(holder.namespace, self.namespace)) return { unknown: "in another container" };
  if (known(holder) !== known(self)) return { unknown: "in a container that cannot be told from this one" };
  return byNumber(holder, place.path, system, self);
}

/** Judges a holder whose process number is one of those that this process sees. */
function byNumber(holder: Holder, path: string, system: System, self: Holder): Verdict {
  const { pid } = holder;
  const ours = pid === system.pid;
  const exists = ours || system.exists(pid);
  if (exists === undefined) return { unknown: "which may not be asked" };
  if (!exists) return "gone";
  const now = ours ? self.started : system.started(pid);
  if (differ(holder.started, now)) return "gone";
  if (!ours || opened(holder.file, path)) return "runs";
  // Another thread of this process, which may have ended; or, without start times, an earlier process.
  const mayBeThread = same(holder.started, now) && (holder.file === undefined || !system.sharesFiles);
  return mayBeThread ? "runs" : "gone";
}

/** Whether the lock is a copy of the holder's, in a copied folder. */
function isCopy({ inode }: Holder, path: string): boolean {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return inode !== undefined && there !== undefined && inode !== String(there.ino);
}

/** Whether this process has the file open under that number. */
function opened(file: number | undefined, path: string): boolean {
  if (file === undefined) return false;
  try {
    const [own, there] = [fstatSync(file, { bigint: true }), statSync(path, { bigint: true })];
    return own.ino === there.ino && own.dev === there.dev;
  } catch {
    return false;
  }
}

/**
 * Whether this process is in the first process namespace of a Linux system, and so in no container: that
 * namespace has the same number in every kernel.
 */
export function isFirst(system: System): boolean {
  return system.namespace() === "pid:[4026531836]" && system.started(system.pid) !== undefined;
}

/** Whether the holder knew the kernel and the namespace of its process number. */
function known({ boot, namespace }: Holder): boolean {
  return boot !== undefined && namespace !== undefined;
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** What this process cannot promise about a lock that it holds, because of what it cannot find out. */
export function doubts(self: Holder, system: System): string[] {
  const blind = system.platform === "linux" && !known(self);
  const files = "/proc/sys/kernel/random/boot_id, /proc/self/ns/pid and /proc/<pid>/stat";
  return [
    ...(blind
      ? [
          `whether a process in another container or on another machine still has the directory is unknown, as /proc cannot be read: allow reading ${files}, or give the directory to no other process`,
        ]
      : []),
    ...(self.socket || system.mayAsk()
      ? []
      : ["after a kill its file LOCK has to be removed by hand, as no process may be asked whether it runs"]),
  ];
}
