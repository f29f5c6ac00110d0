/** Threads in runtimes with `node:worker_threads`, Deno and Bun included. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parentPort, Worker } from "node:worker_threads";
import { turn } from "../awaitable.ts";
import type { Starter, Thread, ThreadEvents } from "./thread.ts";

const ENDING = /\.[cm]?[jt]s$/.exec(import.meta.url)?.[0] ?? ".js";
/** Beside this file, and of its kind: a program that was bundled as `app.mjs` has `guest-thread.mjs` beside it. */
const GUEST_THREAD = new URL(`./guest-thread${ENDING}`, import.meta.url);

/** MiB: more than any engine gives. */
const MOST_HEAP = 2 ** 20;

/** Starts the thread of a guest. */
export function startThread({ message, ended, heap }: ThreadEvents): Thread {
  let over = false;
  const gone = (error: unknown) => {
    if (!over) ended(error);
    over = true;
  };
  let worker: Worker | undefined;
  try {
    worker = newWorker(heap);
    worker.on("message", message);
    worker.on("error", (error: NodeJS.ErrnoException) => gone(explained(error, heap)));
    worker.on("messageerror", gone);
    worker.on("exit", (code) => gone(new Error(`it ended with exit code ${code}`)));
    worker.unref();
  } catch (error) {
    // Permissions that a process runs under may not allow threads. Not in the stack of the one that asks.
    void turn().then(() => gone(error));
  }
  return {
    post: (data) => worker?.postMessage(data),
    idle: (is) => void (is ? worker?.unref() : worker?.ref()),
    end: async () => {
      over = true;
      // A process that waits for this has to stay.
      worker?.ref();
      await worker?.terminate();
    },
  };
}

function newWorker(heap: number): Worker {
  // A guest's thread needs nothing of its process, not even what that preloads; our sources need what reads them.
  const alone = GUEST_THREAD.href.endsWith(".ts") ? {} : { execArgv: [] };
  const bounded = !("bun" in process.versions || "deno" in process.versions) && {
    resourceLimits: { maxOldGenerationSizeMb: Math.min(Math.ceil(heap / 2 ** 20), MOST_HEAP) },
  };
  return new Worker(GUEST_THREAD, { env: {}, name: "moult guest", ...alone, ...bounded });
}

function explained(error: NodeJS.ErrnoException, heap: number): Error {
  if (error.code === "ERR_WORKER_OUT_OF_MEMORY") return outOfHeap(heap, error);
  if (!existsSync(GUEST_THREAD)) return notBundled(error);
  return error;
}

/** A bundler makes one file of a program, and does not know that threads start from another. */
function notBundled(cause: Error): Error {
  const file = fileURLToPath(GUEST_THREAD);
  return new Error(
    `there is no ${file}: bundle node_modules/moult/dist/bundle/guest-thread.js as a file of its own, to this place`,
    { cause },
  );
}

function outOfHeap(heap: number, cause: Error): Error {
  const most = `${Math.ceil(heap / 2 ** 20)} MiB`;
  return new Error(`its thread took more than ${most} of JavaScript's heap, as maxValueBytes allows`, {
    cause,
  });
}

/** What this thread has of its starter. */
export function starter(): Starter {
  const port = parentPort;
  if (!port) throw new Error("this is no thread");
  return {
    post: (data) => port.postMessage(data),
    onMessage: (listener) => void port.on("message", listener),
  };
}
