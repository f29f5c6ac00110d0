/** The server of HTTP in Node, Deno and Bun. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import * as secure from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { PluginError, reason } from "../errors.ts";
import { after, now } from "../timer.ts";
import { Gathered } from "./exchanged.ts";
import { HeldBytes } from "./held-bytes.ts";
import type { HttpServerOptions } from "./http-server.ts";
import { isOwn } from "./own-address.ts";
import type { Listening } from "./serve.ts";
import { type Admission, answered, type Content, type Reply, refused, type Site } from "./site.ts";
import type { Tokens } from "./tokens.ts";
import { readTrace } from "./trace.ts";

/** Milliseconds that a connection without a request is kept. */
const KEPT = 65_000;
/** Milliseconds in which who has a connection and sends nothing over it may let go of it. */
const RESTING = 1_000;
/** Milliseconds without any connection, after which callers have left: one that was told to close its own opens another. */
const QUIET = 100;
/** Bytes of a request's headers. */
const MOST_HEADERS = 16_384;

export async function listen(site: Site, options: HttpServerOptions): Promise<Listening> {
  const { host, port, maxConnections, requestTimeout } = options;
  const server = serverOf(options, {
    maxHeaderSize: MOST_HEADERS,
    requestTimeout,
    headersTimeout: requestTimeout,
    keepAliveTimeout: KEPT,
    connectionsCheckingInterval: Math.min(1_000, requestTimeout),
  });
  server.maxConnections = maxConnections;
  const held = new HeldBytes(options.maxHeldBytes);
  server.on("request", (request, response) => void answer(request, response, { ...options, site, held }));
  const framed = options.webSocket && (await framesAt(server, { ...options, site, held }));
  await listening(server, host, port);
  const own = open(server, options);
  if (!framed) return own;
  return {
    ...own,
    stop() {
      framed.stop();
      own.stop();
    },
    cut() {
      framed.cut();
      own.cut();
    },
  };
}

/** The same for WebSockets. */
async function framesAt(server: Server, given: Given) {
  const { takeUpgrades } = await import("#web-socket-server");
  return takeUpgrades(server, {
    ...given,
    admit: (host, authorization) => admissionOf({ host, authorization }, given.tokens),
  });
}

/** @throws PluginError `argument` for a key and a certificate that cannot be used */
function serverOf({ tls, requestTimeout }: HttpServerOptions, options: ServerOptions): Server {
  if (!tls) return createServer(options);
  try {
    return secure.createServer({ ...options, ...tls, handshakeTimeout: requestTimeout });
  } catch (cause) {
    const why = `tls cannot be used: ${reason(cause)}`;
    throw new PluginError("argument", `could not serve over HTTP: ${why}`, { cause });
  }
}

interface Given extends HttpServerOptions {
  readonly site: Site;
  readonly held: HeldBytes;
}

async function answer(request: IncomingMessage, response: ServerResponse, given: Given): Promise<void> {
  const body = new HeldBody(request, given);
  let reply: Reply;
  try {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const asked = {
      method: request.method ?? "",
      path: pathname,
      query: searchParams,
      type: request.headers["content-type"],
      get trace() {
        return readTrace((name) => request.headers[name]);
      },
      get signal() {
        return leaving(response);
      },
      body: (of?: Content) => body.read(of),
    };
    reply = bounded(await answered(given.site, asked, admissionOf(request.headers, given.tokens)), given);
  } catch (error) {
    reply = refused(error);
  }
  body.leave();
  send(reply, request, response, given);
}

/** @throws PluginError `too-large` for an answer that is */
function bounded(reply: Reply, given: Given): Reply {
  const { length } = reply.body;
  const { most, option } = boundOf(reply.content, given);
  if (length <= most) return reply;
  const why = `found ${length} bytes, wanted at most ${most} (${option}); ${given.site.name} was called`;
  throw new PluginError("too-large", `could not send the answer: ${why}`);
}

function boundOf(of: Content | undefined, { maxBytes, maxFileBytes }: Given) {
  return of === "file"
    ? { most: maxFileBytes, option: "maxFileBytes" }
    : { most: maxBytes, option: "maxBytes" };
}

/** Fires when the caller leaves before it has its answer. */
function leaving(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  if (response.destroyed) left.abort();
  response.once("close", () => response.writableEnded || left.abort());
  return left.signal;
}

/** Sends an answer, which is held until it was taken. */
function send(reply: Reply, request: IncomingMessage, response: ServerResponse, given: Given): void {
  const { held, site, requestTimeout } = given;
  const { length } = reply.body;
  // Its caller has left.
  if (response.destroyed || request.socket.destroyed) return;
  try {
    held.take(length, "an answer");
  } catch (error) {
    // It is short, and tells that the other was not sent.
    write(refused(error), response, true);
    return;
  }
  const clear = after(requestTimeout, () => response.socket?.destroy(), {
    name: "requestTimeout",
    unref: true,
  });
  response.once("close", () => {
    clear();
    held.give(length);
  });
  // What was not read of a request would be taken for the next one.
  write(reply, response, !request.complete || !site.ready);
}

function write({ status, type, body, headers }: Reply, response: ServerResponse, close: boolean): void {
  response.writeHead(status, {
    ...(type !== undefined && { "Content-Type": type }),
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
    ...(close && { Connection: "close" }),
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(body);
}

/** The body of a request, which is held until its call has ended. */
class HeldBody {
  readonly #request: IncomingMessage;
  readonly #given: Given;
  #bytes = 0;

  constructor(request: IncomingMessage, given: Given) {
    this.#request = request;
    this.#given = given;
  }

  /** @throws PluginError `too-large`, `queue-full`, as soon as there is more */
  read(of?: Content): Promise<Uint8Array> {
    const request = this.#request;
    const { held } = this.#given;
    const { most, option } = boundOf(of, this.#given);
    const gathered = new Gathered(most, (found) => {
      const why = `found ${found} bytes or more, wanted at most ${most} (${option})`;
      return new PluginError("too-large", `could not read the request: ${why}`);
    });
    return new Promise((resolve, reject) => {
      gathered.expect(Number(request.headers["content-length"] ?? 0));
      const take = (piece: Uint8Array) => {
        try {
          held.take(piece.length, "a request");
          this.#bytes += piece.length;
          gathered.add(piece);
        } catch (error) {
          // The rest is not kept. To end the request would end its answer, too.
          request.off("data", take);
          request.resume();
          reject(error);
        }
      };
      request.on("data", take);
      request.once("end", () => resolve(gathered.whole));
      request.once("error", reject);
      request.once("close", () => {
        if (!request.complete) reject(new Error("its caller has left"));
      });
    });
  }

  leave(): void {
    this.#given.held.give(this.#bytes);
    this.#bytes = 0;
  }
}

/** What a request may do, by its token. */
function admissionOf(
  headers: { readonly host?: string | undefined; readonly authorization?: string | undefined },
  tokens: Tokens,
): Admission {
  const rights = tokens.rightsOf(headers.authorization);
  if (!rights) return { denial: "it wants a token that is not the one of the request" };
  if (tokens.any && headers.authorization !== undefined) return { rights };
  // A page whose name was made to lead here is of the same origin, and would be let in.
  const host = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(headers.host ?? "")?.[1]?.replace(/^\[|\]$/g, "") ?? "";
  return isOwn(host)
    ? { rights }
    : { denial: "without a token it is open to this machine's own names alone" };
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

function open(server: Server, { host, tls }: HttpServerOptions): Listening {
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<Socket>();
  let changed = () => {};
  let emptySince = Number.NEGATIVE_INFINITY;
  server.on("connection", (socket) => {
    sockets.add(socket);
    changed();
    socket.once("close", () => {
      sockets.delete(socket);
      emptySince = now();
      changed();
    });
  });
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${tls ? "https" : "http"}://${shown === "0.0.0.0" || shown === "[::]" ? "127.0.0.1" : shown}:${port}/`,
    left: () =>
      new Promise((resolve) => {
        const heard = [...sockets].map((socket) => [socket, socket.bytesRead] as const);
        const rest = () => {
          for (const [socket, bytes] of heard)
            if (socket.bytesRead === bytes && socket.writableLength === 0) socket.destroy();
        };
        after(RESTING, rest, { name: "resting", unref: true });
        let clear = () => {};
        changed = () => {
          clear();
          if (sockets.size > 0) return;
          clear = after(Math.max(0, emptySince + QUIET - now()), resolve, { name: "quiet", unref: true });
        };
        changed();
      }),
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
