/** Serving a plugin to callers in other processes. */
import { turn } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { drainedWithin } from "../fabric/drained-within.ts";
import { misfit } from "../option.ts";
import type { Plugin } from "../plugin.ts";
import { checkTime, now } from "../timer.ts";
import type { ServedMeasures } from "./served-measures.ts";
import { type CallMeasure, Service, type ServiceOptions } from "./service.ts";

/** How calls come in: made by `http`. */
export interface Transport extends ServiceOptions {
  listen(service: Service): Promise<Listening>;
}

export interface Listening {
  readonly url: string;
  /** Resolves when there is no connection, and none comes. Those that rest are ended after a while. */
  left(): Promise<void>;
  /** Takes no more connections, and tells callers to leave. @returns when they have, as `left` does */
  leave?(): Promise<void>;
  /** Takes no more connections or requests. @returns when the last answer is out, where a transport can tell */
  stop(): void | Promise<void>;
  /** Ends those that are left. */
  cut(): void;
}

export interface CloseServedOptions {
  /** Milliseconds that calls under way may take to end. @default 10_000 */
  readonly drain?: number;
}

/** A plugin that is served. It is swapped, rolled back and closed by its own handle, as before. */
export interface Served extends AsyncDisposable {
  readonly name: string;
  /** Where it is, for `connect`. */
  readonly url: string;
  /** What its calls came to, for each version. */
  readonly measures: ServedMeasures;
  /** Adds a listener, who is told of each call that was answered. @returns a function that removes it */
  on(type: "call", listener: (call: CallMeasure) => void): () => void;
  /** Takes no more calls, lets those under way end, and stops listening. The plugin stays open. */
  close(options?: CloseServedOptions): Promise<void>;
}

const DRAIN = 10_000;

/**
 * Serves a plugin.
 *
 * @throws PluginError `argument`; `unavailable` where it cannot listen
 * @example const served = await serve(plugin, http({ port: 8080 }));
 */
export async function serve(plugin: Plugin, transport: Transport): Promise<Served> {
  if (typeof transport?.listen !== "function")
    throw new PluginError(
      "argument",
      "could not serve: wanted a transport: serve(plugin, http({ port: 8080 }))",
    );
  const service = new Service(plugin, transport);
  const listening = await transport.listen(service);
  let closing: Promise<void> | undefined;
  const close = (options?: CloseServedOptions) => {
    closing ??= ended(service, listening, options?.drain ?? DRAIN);
    return closing;
  };
  const on: Served["on"] = (type, listener) => {
    if (type !== "call") throw misfit(type, "an event", "call");
    const off = service.events.on(type, listener);
    service.heard = true;
    return off;
  };
  const { name } = plugin;
  return {
    name,
    url: listening.url,
    get measures() {
      return service.measures;
    },
    on,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Milliseconds in which callers that are told to leave are answered as before: what they sent meanwhile is on its way. */
const LEAVING = 1_000;

async function ended(service: Service, listening: Listening, drain: number): Promise<void> {
  checkTime(drain, "drain");
  const until = now() + drain;
  service.leave();
  if (listening.leave) await drainedWithin(Math.min(LEAVING, drain), listening.leave());
  const done = Promise.all([service.end(), listening.stop()]);
  await drainedWithin(Math.max(0, until - now()), done);
  // Answers that were written are on their way.
  await turn();
  listening.cut();
}
