/** A WebSocket as a channel: that of pages, of Deno, Bun and Node, and that of the package ws. */
import { bytesOf, type Channel } from "./channel.ts";
import { type ExchangeOptions, Lost } from "./exchanged.ts";

export interface SocketOptions extends ExchangeOptions {
  /** Bytes of any answer; each has a bound of its own besides. */
  readonly most: number;
}

/** What all of them have. */
export interface SocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: string,
    listener: (event: { readonly data?: unknown; readonly reason?: string }) => void,
  ): void;
}

/** A message that says that no more requests are taken. */
export const LEAVE = new Uint8Array(0);
/** The name of these frames among the protocols of a WebSocket. */
export const SUBPROTOCOL = "moult.1";

/** @returns when it is open @throws Lost */
export function openChannel(make: () => SocketLike): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const failed = (cause?: unknown) =>
      reject(new Lost("no server answers there, or it does not take WebSockets from here", false, cause));
    let socket: SocketLike;
    try {
      socket = make();
    } catch (cause) {
      failed(cause);
      return;
    }
    socket.binaryType = "arraybuffer";
    socket.addEventListener("error", () => failed());
    socket.addEventListener("close", () => failed());
    socket.addEventListener("open", () => resolve(channelOf(socket)));
  });
}

function channelOf(socket: SocketLike): Channel {
  return {
    send(frame, taken) {
      socket.send(frame);
      taken?.();
    },
    close: (why) => (why === undefined ? socket.close() : socket.close(CLOSED, why)),
    hear({ message, closed, leaving }) {
      socket.addEventListener("message", ({ data }) => {
        if (leaving && bytesOf(data)?.length === 0) leaving();
        else message(data);
      });
      socket.addEventListener("close", ({ reason }) => closed(reason));
    },
  };
}

/** Codes of our own begin at 4000. */
const CLOSED = 4_000;
