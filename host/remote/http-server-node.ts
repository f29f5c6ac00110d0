/** The server of HTTP in Node, Deno and Bun. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { PluginError } from "../errors.ts";
import { Gathered } from "./exchanged.ts";
import { answered, type Reply, refused } from "./http-answer.ts";
import type { HttpServerOptions } from "./http-server.ts";
import { isOwn } from "./own-address.ts";
import type { Listening } from "./serve.ts";
import type { Service } from "./service.ts";
import type { Tokens } from "./tokens.ts";

/** Milliseconds that a connection without a request is kept. */
const KEPT = 65_000;
/** Bytes of a request's headers. */
const MOST_HEADERS = 16_384;

export async function listen(service: Service, options: HttpServerOptions): Promise<Listening> {
  const { host, port, tokens, maxBytes, maxConnections, requestTimeout } = options;
  const server = createServer({
    maxHeaderSize: MOST_HEADERS,
    requestTimeout,
    headersTimeout: requestTimeout,
    keepAliveTimeout: KEPT,
    connectionsCheckingInterval: Math.min(1_000, requestTimeout),
  });
  server.maxConnections = maxConnections;
  server.on("request", (request, response) => void answer(request, response, { service, tokens, maxBytes }));
  await listening(server, host, port);
  return open(server, host);
}

interface Given {
  readonly service: Service;
  readonly tokens: Tokens;
  readonly maxBytes: number;
}

async function answer(request: IncomingMessage, response: ServerResponse, given: Given): Promise<void> {
  let reply: Reply;
  try {
    reply = await answered(
      {
        method: request.method ?? "",
        path: new URL(request.url ?? "/", "http://localhost").pathname,
        type: request.headers["content-type"],
        body: () => bodyOf(request, given.maxBytes),
        denial: denialOf(request, given.tokens),
      },
      given.service,
    );
  } catch (error) {
    reply = refused(error);
  }
  // What was not read of a request would be taken for the next one.
  const close = !request.complete || !given.service.ready;
  const { status, type, body } = reply;
  response.writeHead(status, {
    ...(type !== undefined && { "Content-Type": type }),
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
    ...(close && { Connection: "close" }),
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

/** Why a request may not call. */
function denialOf({ headers }: IncomingMessage, tokens: Tokens): string | undefined {
  if (tokens.any)
    return tokens.has(headers.authorization)
      ? undefined
      : "it wants a token that is not the one of the request";
  // A page whose name was made to lead here is of the same origin, and would be let in.
  const host = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(headers.host ?? "")?.[1]?.replace(/^\[|\]$/g, "") ?? "";
  return isOwn(host) ? undefined : "without a token it is open to this machine's own names alone";
}

/** @throws PluginError `too-large` as soon as there is more */
async function bodyOf(request: IncomingMessage, most: number): Promise<Uint8Array> {
  const gathered = new Gathered(most, (found) => {
    const why = `found ${found} bytes or more, wanted at most ${most} (maxBytes)`;
    return new PluginError("too-large", `could not read the request: ${why}`);
  });
  gathered.expect(Number(request.headers["content-length"] ?? 0));
  for await (const chunk of request as AsyncIterable<Uint8Array>) gathered.add(chunk);
  return gathered.whole;
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const why = code === "EADDRINUSE" ? "another program listens there" : String(code ?? cause);
    throw new PluginError("unavailable", `could not serve at ${host}:${port}: ${why}`, { cause });
  }
}

function open(server: Server, host: string): Listening {
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shown === "0.0.0.0" || shown === "[::]" ? "127.0.0.1" : shown}:${port}/`,
    stop: () => {
      // Those that wait for a next request are closed by it; the others when theirs is answered.
      server.close();
      server.closeIdleConnections();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
