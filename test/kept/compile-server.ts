/**
 * One compiler for all the processes of a run of tests: each of them would load its own, and the first builds of a
 * compiler take seconds. It has a thread for each core; one that crashes is replaced, and its order answered with nothing. So is
 * one whose sources have changed since: with a mutant in them, or under a watching vitest.
 *
 *     node --import ./test/sources.mjs test/kept/compile-server.ts PIPE
 */
import { createServer, type Socket } from "node:net";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Order, type Said, splitter } from "./orders.ts";

interface Job {
  readonly order: Order;
  readonly socket: Socket;
}

const THREAD = new URL("./compile-thread.ts", import.meta.url);
const waiting: Job[] = [];

/** Threads are begun with the first orders: many runs compile nothing. */
const lanes = Array.from({ length: Math.min(2, availableParallelism()) }, lane);

function lane(): () => void {
  let thread: Worker | undefined;
  let loaded = "";
  let job: Job | undefined;
  const settle = (told: Said["told"]) => {
    if (job !== undefined && !job.socket.destroyed) {
      job.socket.write(`${JSON.stringify({ id: job.order.id, told } satisfies Said)}\n`);
    }
    job = undefined;
    next();
  };
  const next = () => {
    if (job !== undefined) return;
    job = waiting.shift();
    if (job === undefined) return;
    const { tools } = job.order;
    if (thread !== undefined && loaded !== tools) {
      void thread.terminate();
      thread = undefined;
    }
    loaded = tools;
    thread ??= begin();
    thread.postMessage(job.order);
  };
  const begin = () => {
    // What the compiler says of its crash is said again where the order came from.
    const made = new Worker(THREAD, { stdout: true, stderr: true });
    made.on("message", settle);
    made.on("error", () => {});
    made.on("exit", () => {
      if (thread !== made) return;
      thread = undefined;
      settle(null);
    });
    return made;
  };
  return next;
}

const server = createServer((socket) => {
  socket.setEncoding("utf8").on("error", () => {});
  const read = splitter((order) => {
    waiting.push({ order: order as Order, socket });
    for (const next of lanes) next();
  });
  socket.on("data", read);
});
server.listen(process.argv[2], () => process.send?.("listens"));
process.on("disconnect", () => process.exit());
