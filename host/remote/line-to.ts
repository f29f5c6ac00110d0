/** The way to a server, as its options say. */
import { exchangeWith } from "#exchange";
import { PluginError } from "../errors.ts";
import { checkFunction, misfit } from "../option.ts";
import { checkTime } from "../timer.ts";
import { checkedAuthorities, type Pem } from "./certificates.ts";
import type { Exchange } from "./exchanged.ts";
import { framedExchange } from "./framed-exchange.ts";
import { Line } from "./line.ts";
import { isPort, onePort, type PortLike } from "./port-channel.ts";
import { MOST_BYTES, MOST_FILE_BYTES } from "./protocol.ts";
import type { Trace } from "./trace.ts";
import type { SocketOptions } from "./web-socket-channel.ts";

export interface WayOptions {
  /** Sent as a bearer token. */
  readonly token?: string;
  /**
   * Certificates in PEM of the authorities whose servers are trusted over `https:`. Not in pages.
   * @default those of the runtime
   */
  readonly ca?: Pem | readonly Pem[];
  /**
   * Asked at each request where it belongs in a trace: the headers `traceparent`, `tracestate` and `baggage`. What is
   * not valid is not sent.
   * @example () => { const headers = {}; propagation.inject(context.active(), headers); return headers; }
   */
  readonly trace?: () => Partial<Trace> | undefined;
  /** Milliseconds that a call may take, its way there and back included; `Infinity` for as long as it takes. @default 30_000 */
  readonly timeout?: number;
  /** Bytes of an answer, and of memory that it takes. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Bytes of a module that is sent, and of a snapshot. @default 134_217_728 */
  readonly maxFileBytes?: number;
}

const TIMEOUT = 30_000;

/** @throws PluginError `argument` */
export function lineTo(to: URL | PortLike, options: WayOptions): Line {
  const {
    token,
    ca,
    trace,
    timeout = TIMEOUT,
    maxBytes = MOST_BYTES,
    maxFileBytes = MOST_FILE_BYTES,
  } = options;
  checkTime(timeout, "timeout");
  for (const [name, value] of Object.entries({ maxBytes, maxFileBytes }))
    if (!Number.isInteger(value) || value < 0) throw misfit(value, name, "a number of bytes");
  checkFunction(trace, "trace");
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const authorities = ca === undefined ? undefined : checkedAuthorities(ca);
  const shown = isPort(to) ? "port:" : to.href;
  const way = wayTo(to, { ca: authorities, most: Math.max(maxBytes, maxFileBytes) }, token);
  return new Line(way, { shown, headers, trace, timeout, maxBytes, maxFileBytes });
}

function wayTo(to: URL | PortLike, options: SocketOptions, token: string | undefined): Exchange {
  if (isPort(to)) return framedExchange(onePort(to), token);
  if (to.protocol !== "ws:" && to.protocol !== "wss:") return exchangeWith(to, options);
  return framedExchange(async () => {
    const { openSocket } = await import("#web-socket");
    return openSocket(to, options);
  }, token);
}

/** @param what is done there, for messages: `connect` @throws PluginError `argument` */
export function serverUrl(given: string | URL, what: string): URL {
  return urlOf(given, what, /^https?:$/);
}

/** The same, or one of a WebSocket. @throws PluginError `argument` */
export function anyServerUrl(given: string | URL, what: string): URL {
  return urlOf(given, what, /^(http|ws)s?:$/);
}

function urlOf(given: string | URL, what: string, schemes: RegExp): URL {
  let url: URL | undefined;
  try {
    url = new URL(given);
  } catch {}
  if (!url || !schemes.test(url.protocol))
    throw new PluginError("argument", `could not ${what}: wanted a URL such as "http://127.0.0.1:8080/"`);
  if (url.username || url.password)
    throw new PluginError("argument", `could not ${what}: the URL has a user or a password; say a token`);
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
