/** Threads in runtimes with `node:worker_threads`, Deno and Bun included. */
import { parentPort, type Transferable, Worker } from "node:worker_threads";
import type { Starter, Thread, ThreadEvents } from "./thread.ts";

const GUEST_THREAD = new URL(`./guest-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** Starts the thread of a guest. */
export function startThread({ message, ended }: ThreadEvents): Thread {
  // A guest's thread needs nothing of its process, not even what that preloads; our sources need what reads them.
  const alone = GUEST_THREAD.href.endsWith(".js") && { execArgv: [] };
  const worker = new Worker(GUEST_THREAD, { env: {}, name: "moult guest", ...alone });
  let over = false;
  const gone = (error: unknown) => {
    if (!over) ended(error);
    over = true;
  };
  worker.on("message", message);
  worker.on("error", gone);
  worker.on("messageerror", gone);
  worker.on("exit", (code) => gone(new Error(`it ended with exit code ${code}`)));
  worker.unref();
  return {
    post: (data, moved = []) => worker.postMessage(data, moved as readonly Transferable[]),
    idle: (is) => (is ? worker.unref() : worker.ref()),
    end: async () => {
      over = true;
      // A process that waits for this has to stay.
      worker.ref();
      await worker.terminate();
    },
  };
}

/** What this thread has of its starter. */
export function starter(): Starter {
  const port = parentPort;
  if (!port) throw new Error("this is no thread");
  return {
    post: (data, moved = []) => port.postMessage(data, moved as readonly Transferable[]),
    onMessage: (listener) => void port.on("message", listener),
  };
}
