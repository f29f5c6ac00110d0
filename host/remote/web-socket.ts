/** WebSockets of pages. */
import { PluginError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { openChannel, type SocketLike, type SocketOptions, SUBPROTOCOL } from "./web-socket-channel.ts";

/** @throws PluginError `argument` for authorities: a page trusts those of its browser; Lost */
export async function openSocket(url: URL, { ca }: SocketOptions): Promise<Channel> {
  if (ca) throw new PluginError("argument", "could not use ca: a page trusts what its browser trusts");
  const { WebSocket } = globalThis as unknown as {
    readonly WebSocket: new (url: string, protocol: string) => SocketLike;
  };
  return openChannel(() => new WebSocket(url.href, SUBPROTOCOL));
}
