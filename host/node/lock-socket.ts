/**
 * Sockets beside locks. A process listens on one as long as it has the lock, and the system closes the socket
 * with its process. So any process can ask whether the holder lives, also in another container, where process
 * numbers mean nothing; and the kernel answers even while the holder is busy or stopped.
 */
import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

/** The longest path of a socket that every system accepts, in bytes. */
const LONGEST = 100;
/** Milliseconds to wait for the kernel's answer, which normally is immediate. */
const PATIENCE = 1_000;

export interface LockSocket {
  close(): void;
}

/**
 * `refused`: the socket is there, and its process is gone. `unknown`: it is not there, or cannot be asked.
 */
export type SocketAnswer = "listens" | "refused" | "unknown";

/** The name of a lock's socket in its folder. Windows keeps such names in a place of its own. */
export function socketName(token: string): string {
  return `LOCK.${token.slice(0, 8)}`;
}

/** @returns undefined where sockets are impossible: in some file systems and sandboxes */
export async function listen(folder: string, token: string): Promise<LockSocket | undefined> {
  const address = addressOf(folder, token);
  if (!address) return undefined;
  const server = await listening(address.path);
  const close = () => {
    server?.close();
    try {
      if (process.platform !== "win32") rmSync(join(folder, socketName(token)), { force: true });
    } catch {}
    address.letGo();
  };
  if (server && named(address.path)) return { close };
  close();
  return undefined;
}

/** A process that ends normally removes its socket, so a missing socket says nothing. */
function named(path: string): boolean {
  try {
    if (process.platform !== "win32") renameSync(beside(path), path);
    return true;
  } catch {
    return false;
  }
}

function listening(path: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    try {
      const server = createServer((socket) => socket.destroy());
      server.on("error", () => resolve(undefined));
      // Without `exclusive`, the workers of a cluster would share it.
      server.listen({ path: beside(path), exclusive: true }, () => resolve(server));
      server.unref();
    } catch {
      resolve(undefined);
    }
  });
}

export async function ask(folder: string, token: string): Promise<SocketAnswer> {
  const address = addressOf(folder, token);
  if (!address) return "unknown";
  try {
    return await answerOf(address.path);
  } finally {
    address.letGo();
  }
}

/** The temporary path under which the socket is made. */
function beside(path: string): string {
  return process.platform === "win32" ? path : `${path}n`;
}

function answerOf(path: string): Promise<SocketAnswer> {
  return new Promise((resolve) => {
    try {
      const socket = connect(path);
      const timer = setTimeout(() => end("unknown"), PATIENCE);
      const end = (answer: SocketAnswer) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(answer);
      };
      socket.on("connect", () => end("listens"));
      socket.on("error", (error) => end(meaning(error)));
    } catch {
      resolve("unknown");
    }
  });
}

function meaning(error: Error): SocketAnswer {
  const { code } = error as { readonly code?: unknown };
  // The queue of connections is full, so a process is listening.
  if (code === "EAGAIN" || code === "EBUSY") return "listens";
  // A pipe of Windows has its name as long as its process lives; the name of a socket is left behind.
  return code === "ECONNREFUSED" || (code === "ENOENT" && process.platform === "win32")
    ? "refused"
    : "unknown";
}

/** A path to the socket that is short enough. */
function addressOf(
  folder: string,
  token: string,
): { readonly path: string; readonly letGo: () => void } | undefined {
  const letGo = () => {};
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\moult-${token}`, letGo };
  const path = join(folder, socketName(token));
  if (Buffer.byteLength(path) <= LONGEST) return { path, letGo };
  if (process.platform !== "linux") return undefined;
  try {
    const file = openSync(folder, "r");
    return { path: `/proc/self/fd/${file}/${socketName(token)}`, letGo: () => closeSync(file) };
  } catch {
    return undefined;
  }
}
