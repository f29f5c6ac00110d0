/** Requests to a server, by the HTTP of Node, Deno and Bun: connections are kept, which `fetch` does slower. */
import * as plain from "node:http";
import * as secure from "node:https";
import { type Asked, type Exchange, gatheredAnswer, Lost, type Told } from "./exchanged.ts";

/** Connections to one server at a time; further calls wait for one. */
const CONNECTIONS = 64;

export function exchangeWith(base: URL): Exchange {
  const { Agent, request } = base.protocol === "https:" ? secure : plain;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
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
    const lost = (sent: boolean) => (cause: Error & { readonly code?: string }) => {
      signal.removeEventListener("abort", abort);
      reject(cause instanceof Lost ? cause : new Lost(textOf(cause), sent, cause));
    };
    request.once("error", (cause) => lost(!UNSENT.has(String((cause as { code?: string }).code)))(cause));
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

/** With these, no connection was made. */
const UNSENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);

function textOf({ code, message }: { readonly code?: string; readonly message: string }): string {
  if (code === "ECONNREFUSED") return "no server answers there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name was not found";
  if (code === "ECONNRESET" || code === "EPIPE") return "the connection broke off";
  return message || String(code);
}
