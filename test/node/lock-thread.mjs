/** A thread that takes a directory's lock, and keeps it for as long as it lives. */
import { parentPort, workerData } from "node:worker_threads";
import { lock } from "../../host/node/lock.ts";

await lock(workerData);
parentPort.postMessage("has it");
parentPort.on("message", () => {});
