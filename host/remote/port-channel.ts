/** A port of a thread as a channel. */
import { isGroup } from "../option.ts";
import { bytesOf, type Channel } from "./channel.ts";
import { Lost } from "./exchanged.ts";
import { Packed, unpacked } from "./packed.ts";

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

/** Bytes that are copied sooner than they change hands. */
const COPIED = 32_768;

/** The channel of a port; there is one for each, since what ended does not begin again. */
export function portChannel(port: PortLike): Channel {
  // A message between threads costs more than what a frame does in it.
  const packed = new Packed(
    (whole, taken) => {
      port.postMessage(whole, whole.length < COPIED ? [] : [whole.buffer]);
      taken();
    },
    (flush) => queueMicrotask(flush),
  );
  return {
    send: (frame, taken) => packed.add(frame, taken),
    close() {
      packed.flush();
      port.postMessage(GOODBYE, []);
      port.close();
    },
    hear({ message, closed }) {
      port.addEventListener("message", ({ data }) => {
        const bytes = bytesOf(data);
        if (bytes) for (const each of unpacked(bytes)) message(each);
        else if (data === GOODBYE) closed();
        else message(data);
      });
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
