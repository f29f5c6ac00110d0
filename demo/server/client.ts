/**
 * The load, in a thread of its own. It is open: requests are sent at their time, whether or not those before them
 * were answered, and each one's time counts from then. A server that stands still cannot hide it.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Pool } from "undici";
import type { Batch, Order } from "./load.ts";

const PATHS = ["/", "/about", "/articles/1", "/articles/2", "/search?q=wasm", "/login", "/feed.xml"];
/** So many may be under way: who waits longer than that has failed. */
const MOST = 10_000;
const TICK = 5;
const TOLD_EVERY = 100;

const { url, rate } = workerData as Order;
const port = parentPort as MessagePort;
const pool = new Pool(url, { connections: 64 });
let sent = 0;
let failed = 0;
let times: number[] = [];
let why: string | undefined;
let due = 0;
const underWay = new Set<Promise<void>>();

async function ask(path: string, since: number): Promise<void> {
  try {
    if (underWay.size >= MOST) throw new Error(`${MOST} requests are under way`);
    const { statusCode, body } = await pool.request({ path, method: "GET" });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${statusCode}: ${text.trim()}`);
    times.push(performance.now() - since);
  } catch (error) {
    failed++;
    why ??= (error as Error).message;
  }
}

function tell(ended: boolean): void {
  const batch: Batch = { times: Float64Array.from(times), failed, why, ended };
  port.postMessage(batch, [batch.times.buffer as ArrayBuffer]);
  times = [];
  failed = 0;
  why = undefined;
}

due = performance.now();
tell(false);
const sending = setInterval(() => {
  for (const now = performance.now(); due <= now; due += 1000 / rate) {
    const asked = ask(PATHS[sent++ % PATHS.length]!, due);
    underWay.add(asked);
    void asked.then(() => underWay.delete(asked));
  }
}, TICK);
const telling = setInterval(() => tell(false), TOLD_EVERY);

port.once("message", async () => {
  clearInterval(sending);
  await Promise.all(underWay);
  clearInterval(telling);
  await pool.close();
  tell(true);
  port.close();
});
