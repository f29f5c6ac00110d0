/** The server of HTTP in Node, Deno and Bun. */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import * as secure from "node:https";
import { printable } from "../../abi/printable.ts";
import { PluginError, reason } from "../errors.ts";
import { Gathered } from "../gathered.ts";
import { after } from "../timer.ts";
import { HeldBytes } from "./held-bytes.ts";
import type { HttpServerOptions } from "./http-server.ts";
import { begin, listening } from "./listening-node.ts";
import { isOwn } from "./own-address.ts";
import { UPGRADE } from "./protocol.ts";
import { RequestSignal, type SignalLike } from "./request-signal.ts";
import type { Listening } from "./serve.ts";
import {
  type Admission,
  answered,
  bounded,
  boundOf,
  type Content,
  placeOf,
  problem,
  type Reply,
  refused,
  type Site,
  tooLarge,
} from "./site.ts";
import type { Tokens } from "./tokens.ts";
import { readTrace } from "./trace.ts";
import { dispatch, frameUpgrades, type Upgrades } from "./upgrades-node.ts";

/** Milliseconds that a connection without a request is kept. */
const KEPT = 65_000;
/** Bytes of a request's headers. */
const MOST_HEADERS = 16_384;
/** Bytes of an answer that is written together with its headers, at most. */
const TOGETHER = 16_384;
/** Whether connections change over to frames: other runtimes do not let go of them. */
const UPGRADES = !("Deno" in globalThis || "Bun" in globalThis);

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
  const upgrades = await upgradesAt({ ...options, site, held });
  dispatch(server, upgrades);
  await begin(server, host, port);
  const own = listening(server, options);
  const all = [...upgrades.values()];
  const told = () => {
    for (const each of all) each.leave?.();
  };
  return {
    ...own,
    left() {
      told();
      return own.left();
    },
    leave() {
      told();
      return own.leave();
    },
    async stop() {
      await Promise.all([own.stop(), ...all.map((each) => each.stop())]);
    },
    cut() {
      for (const each of all) each.cut();
      own.cut();
    },
  };
}

/** What connections may change over to. */
async function upgradesAt(given: Given): Promise<ReadonlyMap<string, Upgrades>> {
  const options = {
    ...given,
    admit: (host: string | undefined, authorization: string | undefined) =>
      admissionOf({ host, authorization }, given.tokens),
  };
  const all = new Map<string, Upgrades>();
  if (given.upgrade && UPGRADES) all.set(UPGRADE, frameUpgrades(options));
  if (given.webSocket) {
    const { webSockets } = await import("#web-socket-server");
    all.set("websocket", (await webSockets(options)) as Upgrades);
  }
  return all;
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
    const asked = {
      method: request.method === "HEAD" ? "GET" : (request.method ?? ""),
      ...placeOf(request.url ?? "/"),
      type: request.headers["content-type"],
      get trace() {
        return readTrace((name) => request.headers[name]);
      },
      get signal() {
        return leaving(response);
      },
      body: (of?: Content) => body.read(of),
    };
    reply =
      encoded(request) ??
      bounded(await answered(given.site, asked, admissionOf(request.headers, given.tokens)), given);
  } catch (error) {
    reply = refused(error);
  }
  body.leave();
  send(reply, request, response, given);
}

/** The refusal of a body that came packed: one of a few bytes could be any size. */
function encoded({ headers }: IncomingMessage): Reply | undefined {
  const found = headers["content-encoding"];
  if (found === undefined || found === "identity") return undefined;
  const why = `a body is sent as it is; found Content-Encoding: ${printable(found)}`;
  return { ...problem(415, "argument", why), headers: { "Accept-Encoding": "identity" } };
}

/** Fires when the caller leaves before it has its answer. */
function leaving(response: ServerResponse): SignalLike {
  const left = new RequestSignal();
  if (response.destroyed) left.abort();
  response.once("close", () => response.writableEnded || left.abort());
  return left;
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
  const close = !request.complete || !site.ready;
  const offer = reply.isFramed && given.upgrade && UPGRADES && !close;
  write(offer ? { ...reply, headers: { ...reply.headers, ...OFFER } } : reply, response, close);
}

/** That more calls may come as frames. */
const OFFER = { Connection: "Upgrade", Upgrade: UPGRADE };

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
  // As a text it goes out with the headers: each of its characters is a byte.
  if (body.length > TOGETHER) response.end(body);
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1");
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
    const bound = boundOf(of, this.#given);
    const gathered = new Gathered(bound.most, (found) => tooLarge(`${found} bytes or more`, bound));
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
