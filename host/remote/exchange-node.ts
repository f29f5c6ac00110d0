/** Requests to a server, by the HTTP of Node, Deno and Bun: connections are kept, which `fetch` does slower. */
import * as plain from "node:http";
import * as secure from "node:https";
import {
  type Asked,
  type Exchange,
  type ExchangeOptions,
  gatheredAnswer,
  Lost,
  type Told,
} from "./exchanged.ts";

/** Connections to one server at a time; further calls wait for one. */
const CONNECTIONS = 64;

export function exchangeWith(base: URL, { ca }: ExchangeOptions): Exchange {
  const { Agent, request } = base.protocol === "https:" ? secure : plain;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ...(ca && { ca: [...ca] }) });
  return {
    send: (asked) => send(base, asked, (url, options) => request(url, { ...options, agent })),
    close: () => agent.destroy(),
  };
}

type Start = (url: URL, options: plain.RequestOptions) => plain.ClientRequest;

function send(base: URL, { method, path, headers, body, signal, most }: Asked, start: Start): Promise<Told> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = start(new URL(path, base), {
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
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"],
          body: gathered.whole,
        });
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
