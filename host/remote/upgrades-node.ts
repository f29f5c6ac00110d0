/** Connections of a server of HTTP that change over to something else: to frames, or to a WebSocket. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { now } from "../timer.ts";
import { Attending } from "./attending.ts";
import { MOST_HEAD } from "./frame.ts";
import { MOST_CALLS, MOST_FRAMED, UPGRADE } from "./protocol.ts";
import { type StreamChannel, streamChannel } from "./stream-channel-node.ts";
import type { UpgradeOptions } from "./web-socket-server.ts";

/** Milliseconds that a connection without a request is kept. */
const KEPT = 65_000;

/** What takes one kind of upgrades. */
export interface Upgrades {
  /** Tells callers to leave, where that can be told. */
  leave?(): void;
  /** Takes no more of them. @returns when callers have left, or were waited for */
  stop(): void | Promise<void>;
  cut(): void;
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Gives each upgrade to what takes its kind. Others get the answer that they would have without asking for one. */
export function dispatch(server: Server, kinds: ReadonlyMap<string, Upgrades>): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    const kind = kinds.get((request.headers.upgrade ?? "").toLowerCase());
    if (kind) kind.take(request, socket, head);
    else asIfNot(server, request, socket, head);
  });
}

/** Refuses one. */
export function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Headers that are about a connection, and not about its request. */
const OF_CONNECTION = new Set(["connection", "upgrade", "http2-settings"]);

/** Reads a request once more, without its wish: clients in Java ask all servers for HTTP/2. */
function asIfNot(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!OF_CONNECTION.has(rawHeaders[i]!.toLowerCase()))
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("encrypted" in socket ? "secureConnection" : "connection", socket);
}

/** Takes connections for frames: calls of other programs with moult. */
export function frameUpgrades(options: UpgradeOptions): Upgrades {
  const { held, requestTimeout, site } = options;
  const open = new Attending<StreamChannel>();
  const sweep = setInterval(() => open.sweep(({ heardAt }) => now() - heardAt > KEPT), KEPT / 2);
  sweep.unref();
  return {
    take({ headers }, socket, head) {
      const admission = options.admit(headers.host, headers.authorization);
      if (open.stopped || !site.ready) return refuse(socket, "503 Service Unavailable");
      if ("denial" in admission) return refuse(socket, "401 Unauthorized");
      const lines = ["Connection: Upgrade", `Upgrade: ${UPGRADE}`, `${MOST_CALLS}: ${options.maxCalls}`];
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      const bounds = { most: MOST_FRAMED + MOST_HEAD, held, timeout: requestTimeout };
      open.add(streamChannel(socket, head, bounds), { ...options, admit: () => admission });
    },
    leave: () => open.leave(),
    stop() {
      clearInterval(sweep);
      return open.stop();
    },
    cut() {
      clearInterval(sweep);
      open.cut();
    },
  };
}
