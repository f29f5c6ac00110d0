/** The other end of two ports, in a thread of its own: a plugin, and what sends back whatever comes. */
import { type MessagePort, workerData } from "node:worker_threads";
import { load } from "moult";
import { messagePort, type PortLike, serve } from "moult/remote";
import { Echo } from "./contract.ts";
import { read } from "./peers/assemblyscript.ts";

interface Given {
  readonly guests: string;
  readonly served: MessagePort;
  readonly raw: MessagePort;
}

const { guests, served, raw } = workerData as Given;
raw.on("message", (text) => raw.postMessage(text));
await serve(await load(Echo, read(guests, "echo.wasm")), messagePort(served as unknown as PortLike));
