/** WebSockets of Node, Deno and Bun: their own where they have one, or those of the package ws. */
import { PluginError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { MOST_HEAD } from "./frame.ts";
import { openChannel, type SocketLike, type SocketOptions, SUBPROTOCOL } from "./web-socket-channel.ts";

/** @throws PluginError `unavailable` where ws is wanted, and not installed; Lost */
export async function openSocket(url: URL, { ca, most }: SocketOptions): Promise<Channel> {
  const { WebSocket: own } = globalThis as unknown as {
    readonly WebSocket?: new (url: string, protocol: string) => SocketLike;
  };
  if (own && !ca) return openChannel(() => new own(url.href, SUBPROTOCOL));
  const { WebSocket } = await sockets("could not connect over a WebSocket");
  const bounds = { perMessageDeflate: false, maxPayload: most + MOST_HEAD };
  const options = { ...bounds, ...(ca && { ca: [...ca] }) };
  return openChannel(() => new WebSocket(url.href, SUBPROTOCOL, options) as unknown as SocketLike);
}

/** The package ws. @throws PluginError `unavailable` */
export async function sockets(could: string): Promise<typeof import("ws")> {
  try {
    return await import("ws");
  } catch (cause) {
    throw new PluginError("unavailable", `${could}: the package ws is not installed (npm install ws)`, {
      cause,
    });
  }
}
