/** Holders of locks: what a process writes of itself, and whether it still runs. `docs/durable.md` has the table. */
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
  /** As which file it has the lock open. */
  readonly file?: number | undefined;
  /** The number of that file in its file system: a copy has another one. */
  readonly inode?: string | undefined;
}

/** `damaged`: what only a power cut leaves, since a lock is made at one stroke. `strange`: of another version. */
export type Found =
  | { readonly is: "holder"; readonly text: string; readonly holder: Holder }
  | { readonly is: "damaged"; readonly text: string }
  | { readonly is: "strange"; readonly text: string };

/** @returns undefined where there is no lock */
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

/** What this process writes of itself. */
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

/** Whether a holder still runs, or why that cannot be told. */
export type Verdict = "runs" | "gone" | { readonly unknown: string };

const OTHER_MACHINE = "on another machine";

/** @param path of the lock, in the folder that it is for */
export async function judge(
  holder: Holder,
  place: { readonly folder: string; readonly path: string },
  system: System,
): Promise<Verdict> {
  const self = own(system, "", false);
  const local = () => system.isLocal(place.folder);
  const otherHost = differ(holder.host, self.host);
  if (differ(holder.boot, self.boot)) {
    // A local disk is in one machine at a time: the run of the kernel that the holder was of is over.
    return !otherHost && local() ? "gone" : { unknown: `${OTHER_MACHINE}, or before this one was started` };
  }
  if (same(holder.boot, self.boot) && isCopy(holder, place.path) && local()) return "gone";
  const answer = holder.socket ? await ask(place.folder, holder.token) : "unknown";
  if (answer === "listens") return "runs";
  if (!same(holder.boot, self.boot) && otherHost) return { unknown: OTHER_MACHINE };
  // A socket answers for this kernel alone. Where neither knows its own, there is no more to go by.
  const blind = !known(holder) && !known(self);
  if (answer === "refused" && (same(holder.boot, self.boot) || blind || local())) return "gone";
  if (differ(holder.namespace, self.namespace)) return { unknown: "in another container" };
  if (known(holder) !== known(self)) return { unknown: "in a container that cannot be told from this one" };
  return byNumber(holder, place.path, system, self);
}

/** For a holder whose number counts among the processes that this one sees. */
function byNumber(holder: Holder, path: string, system: System, self: Holder): Verdict {
  const { pid } = holder;
  const ours = pid === system.pid;
  const exists = ours || system.exists(pid);
  if (exists === undefined) return { unknown: "which may not be asked" };
  if (!exists) return "gone";
  const now = ours ? self.started : system.started(pid);
  if (differ(holder.started, now)) return "gone";
  if (!ours || opened(holder.file, path)) return "runs";
  // Another thread of ours, which may have ended; or a process that had our number before, where no beginnings are known.
  const mayBeThread = same(holder.started, now) && (holder.file === undefined || !system.sharesFiles);
  return mayBeThread ? "runs" : "gone";
}

/** Whether the lock is a copy of the holder's, in a folder that was copied. */
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

/** Whether this process is in the namespace that a Linux system begins with, and is in no container: it has this number in every kernel. */
export function isFirst(system: System): boolean {
  return system.namespace() === "pid:[4026531836]" && system.started(system.pid) !== undefined;
}

/** Whether it knew in which namespace its number counts. */
function known({ boot, namespace }: Holder): boolean {
  return boot !== undefined && namespace !== undefined;
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** What this process cannot promise of a lock that it holds, as it may know too little. */
export function doubts(self: Holder, system: System): string[] {
  const blind = system.platform === "linux" && !known(self);
  const files = "/proc/sys/kernel/random/boot_id, /proc/self/ns/pid and /proc/<pid>/stat";
  return [
    ...(blind
      ? [
          `a process in another container or on another machine that has the directory is not told from one that is gone, as /proc cannot be read: let ${files} be read, or let no other have it`,
        ]
      : []),
    ...(self.socket || system.mayAsk()
      ? []
      : ["after a kill its file LOCK has to be removed by hand, as no process may be asked whether it runs"]),
  ];
}
