/** Threads in runtimes with `node:worker_threads`, Deno and Bun included. */
import { parentPort, Worker } from "node:worker_threads";
import type { Starter, Thread, ThreadEvents } from "./thread.ts";

const GUEST_THREAD = new URL(`./guest-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** MiB: more than any engine gives. */
const MOST_HEAP = 2 ** 20;

/** Starts the thread of a guest. */
export function startThread({ message, ended, heap }: ThreadEvents): Thread {
  // A guest's thread needs nothing of its process, not even what that preloads; our sources need what reads them.
  const alone = GUEST_THREAD.href.endsWith(".js") && { execArgv: [] };
  const bounded = !("bun" in process.versions || "deno" in process.versions) && {
    resourceLimits: { maxOldGenerationSizeMb: Math.min(Math.ceil(heap / 2 ** 20), MOST_HEAP) },
  };
  const worker = new Worker(GUEST_THREAD, { env: {}, name: "moult guest", ...alone, ...bounded });
  let over = false;
  const gone = (error: unknown) => {
    if (!over) ended(error);
    over = true;
  };
  worker.on("message", message);
  worker.on("error", (error: NodeJS.ErrnoException) => {
    gone(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? outOfHeap(heap, error) : error);
  });
  worker.on("messageerror", gone);
  worker.on("exit", (code) => gone(new Error(`it ended with exit code ${code}`)));
  worker.unref();
  return {
    post: (data) => worker.postMessage(data),
    idle: (is) => (is ? worker.unref() : worker.ref()),
    end: async () => {
      over = true;
      // A process that waits for this has to stay.
      worker.ref();
      await worker.terminate();
    },
  };
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
