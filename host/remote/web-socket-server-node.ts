/** WebSockets at a server of HTTP: on the same port, with the same tokens and bounds. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { after } from "../timer.ts";
import { Attending } from "./attending.ts";
import type { Channel } from "./channel.ts";
import { MOST_HEAD } from "./frame.ts";
import { refuse, type Upgrades } from "./upgrades-node.ts";
import { LEAVE, SUBPROTOCOL } from "./web-socket-channel.ts";
import { sockets } from "./web-socket-node.ts";
import type { UpgradeOptions } from "./web-socket-server.ts";

/** Takes WebSockets. @throws PluginError `unavailable` where ws is not installed */
export async function webSockets(options: UpgradeOptions): Promise<Upgrades> {
  const { maxBytes, maxFileBytes } = options;
  const { WebSocketServer } = await sockets("could not serve over WebSockets");
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: Math.max(maxBytes, maxFileBytes) + MOST_HEAD,
    handleProtocols: () => SUBPROTOCOL,
  });
  const open = new Attending();
  return {
    take(request, socket, head) {
      const refusal = open.stopped ? "503 Service Unavailable" : refusalOf(request, options.origins);
      if (refusal !== undefined) return refuse(socket, refusal);
      upgrades.handleUpgrade(request, socket, head, (own) => {
        const admit = (authorization: string | undefined) =>
          options.admit(request.headers.host, authorization);
        open.add(channelOf(own, socket, options), { ...options, admit });
      });
    },
    leave: () => open.leave(),
    stop: () => open.stop(),
    cut: () => open.cut(),
  };
}

/** Browsers open a WebSocket to anywhere for any page, and say for which. */
function refusalOf({ url, headers }: IncomingMessage, origins: readonly string[]): string | undefined {
  const { origin, host } = headers;
  if (new URL(url ?? "/", "http://localhost").pathname !== "/") return "404 Not Found";
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim());
  if (!offered.includes(SUBPROTOCOL)) return "400 Bad Request";
  if (origin === undefined || origins.includes(origin)) return undefined;
  return hostOf(origin) === host ? undefined : "403 Forbidden";
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

type Bounding = Pick<UpgradeOptions, "held" | "maxBytes" | "requestTimeout">;

/** Bytes that a connection may have read on behind the end of a message, and those of WebSockets themselves. */
const BEYOND = 2 ** 16;

/** WebSockets' own code for a message that is too big. */
const TOO_BIG = 1_009;
/** Milliseconds in which the other side may answer that it is closed. */
const LEAVING = 1_000;

/** What is read of a message that is not whole counts as held, and has its time. */
function channelOf(own: WebSocket, socket: Duplex, { held, maxBytes, requestTimeout }: Bounding): Channel {
  let most = maxBytes + MOST_HEAD + BEYOND;
  let unread = 0;
  let clear = () => {};
  const read = () => {
    clear();
    held.give(unread);
    unread = 0;
  };
  const late = () => own.terminate();
  /** Nothing more is read; its caller is told why, if it listens. */
  const refuseLong = () => {
    if (own.readyState !== own.OPEN) return;
    own.close(TOO_BIG, "a message is longer than those of its rights may be");
    socket.pause();
    const end = after(LEAVING, late, { name: "requestTimeout", unref: true });
    own.once("close", end);
  };
  socket.prependListener("data", (piece: Buffer) => {
    if (unread + piece.length > most) return refuseLong();
    try {
      held.take(piece.length, "a message");
    } catch {
      own.terminate();
      return;
    }
    if (unread === 0) clear = after(requestTimeout, late, { name: "requestTimeout", unref: true });
    unread += piece.length;
  });
  own.on("error", () => own.terminate());
  own.once("close", read);
  return {
    widen() {
      most = Number.POSITIVE_INFINITY;
    },
    send(frame, taken) {
      own.send(frame, () => taken?.());
    },
    leave() {
      own.send(LEAVE);
    },
    close(why) {
      if (own.readyState === own.OPEN) own.close(1_000, why?.slice(0, 100));
      // One that does not answer this is not waited for.
      const end = after(LEAVING, late, { name: "requestTimeout", unref: true });
      own.once("close", end);
    },
    hear({ message, closed }) {
      own.on("message", (data, isBinary) => {
        read();
        message(isBinary ? data : undefined);
      });
      for (const control of ["ping", "pong"] as const) own.on(control, read);
      own.on("close", closed);
    },
  };
}
