/**
 * Requests to a server, by the HTTP of Node, Deno and Bun: connections are kept, which `fetch` does slower; calls go as
 * frames over one of them as soon as the server offers that.
 */
import * as plain from "node:http";
import * as secure from "node:https";
import type { Socket } from "node:net";
import {
  type Asked,
  type Exchange,
  type ExchangeOptions,
  gatheredAnswer,
  Lost,
  passed,
  type Told,
} from "./exchanged.ts";
import { MOST_HEAD } from "./frame.ts";
import { OfferedExchange } from "./offered-exchange-node.ts";
import { MOST_CALLS, UPGRADE } from "./protocol.ts";
import { type StreamChannel, streamChannel } from "./stream-channel-node.ts";

/** Connections to one server at a time; further calls wait for one. */
const CONNECTIONS = 64;
/** Calls that are under way as frames, at most: further ones go as requests, and wait for a connection. */
const MOST_AT_A_TIME = 512;
/** Milliseconds in which a connection for frames has to open. */
const OPENING = 10_000;

export function exchangeWith(base: URL, { ca }: ExchangeOptions): Exchange {
  const { Agent, request } = base.protocol === "https:" ? secure : plain;
  const trusted = ca && { ca: [...ca] };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ...trusted });
  // What a URL says of it, read once.
  const { protocol, hostname, port, pathname } = base;
  const host = hostname.replace(/^\[|\]$/g, "");
  const at = { protocol, hostname: host, port, ...trusted };
  const start: Start = (path, options) => {
    return request({ ...at, ...options, path: pathname + path });
  };
  return new OfferedExchange({
    plain: {
      send: (asked) => send(asked, (path, options) => start(path, { ...options, agent })),
      close: () => agent.destroy(),
    },
    dropIdle: () => {
      for (const idle of Object.values(agent.freeSockets)) for (const socket of idle ?? []) socket.destroy();
    },
    open: async (authorization, most) => {
      const { channel, maxCalls } = await opened(start, authorization, most);
      // With those that go as requests, one caller alone does not fill its server.
      return { channel, calls: Math.min(MOST_AT_A_TIME, Math.max(1, maxCalls - CONNECTIONS)) };
    },
  });
}

type Start = (path: string, options: plain.RequestOptions) => plain.ClientRequest;

interface Opened {
  readonly channel: StreamChannel;
  /** Calls that the server takes at a time, of all its callers. */
  readonly maxCalls: number;
}

/** A connection of its own, which the server changes over to frames. */
function opened(start: Start, authorization: string | undefined, most: number): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const headers = {
      Connection: "Upgrade",
      Upgrade: UPGRADE,
      ...(authorization !== undefined && { Authorization: authorization }),
    };
    const asking = start("", { method: "GET", headers, agent: false, timeout: OPENING });
    asking.once("socket", (socket) => socket.unref());
    asking.once("timeout", () => asking.destroy());
    asking.once("error", reject);
    asking.once("close", () => reject(new Error("it was refused")));
    asking.once("response", () => asking.destroy());
    asking.once("upgrade", ({ headers }, socket: Socket, head) => {
      if (headers.upgrade !== UPGRADE) return socket.destroy();
      socket.setTimeout(0);
      const timeout = Number.POSITIVE_INFINITY;
      const maxCalls = Number(headers[MOST_CALLS]) || Number.POSITIVE_INFINITY;
      return resolve({ channel: streamChannel(socket, head, { most: most + MOST_HEAD, timeout }), maxCalls });
    });
    asking.end();
  });
}

function send({ method, path, headers, body, signal, most }: Asked, start: Start): Promise<Told> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = start(path, {
      method,
      headers: { ...headers, ...(body && { "Content-Length": body.length }) },
    });
    const abort = () => {
      request.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    const lost = (sent: boolean) => (cause: Failed) => {
      signal.removeEventListener("abort", abort);
      reject(cause instanceof Lost ? cause : new Lost(textOf(cause), sent, cause));
    };
    request.once("error", (cause) => lost(!isUnsent(cause))(cause));
    request.once("response", (response) => {
      const gathered = gatheredAnswer(most);
      response.on("data", (piece: Uint8Array) => {
        try {
          gathered.add(piece);
        } catch (error) {
          request.destroy();
          lost(true)(error as Error);
        }
      });
      response.once("error", lost(true));
      response.once("end", () => {
        signal.removeEventListener("abort", abort);
        const { statusCode: status = 0, headers } = response;
        const told = { status, type: headers["content-type"], body: gathered.whole };
        try {
          resolve(passed({ ...told, isOffer: headers.upgrade === UPGRADE }));
        } catch (error) {
          reject(error);
        }
      });
    });
    request.end(body);
  });
}

/** With these, no connection was made, or none over which a request is sent. */
const UNSENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);
/** Of a certificate that is not trusted. */
const UNTRUSTED =
  /CERT|UNABLE_TO_(VERIFY|GET)|SELF_SIGNED|ERR_TLS_CERT|INVALID_CA|UnknownIssuer|invalid peer certificate/;
/** Of what answers, and speaks no TLS. */
const PLAIN = /^(EPROTO|ERR_SSL_.+)$/;

type Failed = Error & { readonly code?: string; readonly syscall?: string };

function isUnsent(error: Failed): boolean {
  return (
    error.syscall === "connect" ||
    UNSENT.has(String(error.code)) ||
    isUntrusted(error) ||
    PLAIN.test(String(error.code))
  );
}

function isUntrusted({ code, message }: { readonly code?: string; readonly message: string }): boolean {
  return UNTRUSTED.test(String(code)) || UNTRUSTED.test(message);
}

function textOf({ code, message }: { readonly code?: string; readonly message: string }): string {
  if (code === "ECONNREFUSED") return "no server answers there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name was not found";
  if (isUntrusted({ message, ...(code !== undefined && { code }) }))
    return `its certificate is not trusted (${code ?? message}); say its authority (ca)`;
  if (PLAIN.test(String(code))) return "what answers there speaks no TLS";
  if (code === "ECONNRESET" || code === "EPIPE") return "the connection broke off";
  return message || String(code);
}
