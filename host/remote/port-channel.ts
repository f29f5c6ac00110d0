/** A port of a thread as a channel. */
import { isGroup } from "../option.ts";
import type { Channel } from "./channel.ts";
import { Lost } from "./exchanged.ts";

/** A `MessagePort`, of a page or of Node, in its own words. */
export interface PortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  start?(): void;
  close(): void;
}

export function isPort(value: unknown): value is PortLike {
  const { postMessage, addEventListener, close } = (isGroup(value) ? value : {}) as Partial<PortLike>;
  return [postMessage, addEventListener, close].every((each) => typeof each === "function");
}

/** Said before a port is closed: in browsers the other end of one is not told. */
const GOODBYE = null;

/** The channel of a port; there is one for each, since what ended does not begin again. */
export function portChannel(port: PortLike): Channel {
  return {
    send(frame, taken) {
      // A frame's bytes are its own, and nobody else's: they change hands.
      port.postMessage(frame, [frame.buffer]);
      taken?.();
    },
    close() {
      port.postMessage(GOODBYE, []);
      port.close();
    },
    hear({ message, closed }) {
      port.addEventListener("message", ({ data }) => (data === GOODBYE ? closed() : message(data)));
      port.addEventListener("close", () => closed());
      port.start?.();
    },
  };
}

/** Gives a port's channel once. */
export function onePort(port: PortLike): () => Promise<Channel> {
  let given = false;
  return async () => {
    if (given) throw new Lost("its port was closed", false);
    given = true;
    return portChannel(port);
  };
}
