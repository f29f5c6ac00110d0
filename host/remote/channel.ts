/** What carries frames between two sides: a WebSocket, or a port of a thread. */

export interface Channel {
  /** @param taken is told when the other side, or its machine, has it */
  send(frame: Uint8Array<ArrayBuffer>, taken?: () => void): void;
  /** Takes messages with files, too, from now on, where what is longer than a call would not be taken. */
  widen?(): void;
  /** Tells the other side that no more requests are taken, where that can be told: it ends the channel. */
  leave?(): void;
  /** Ends it. @param why for the other side, where that can be told */
  close(why?: string): void;
  /** Sets who is told of what comes: once, before anything else is done with it. */
  hear(heard: Heard): void;
}

export interface Heard {
  /** Anything: it is not known to be bytes, and may be a Misframed that says why it is none. */
  message(data: unknown): void;
  /** @param why as the other side says */
  closed(why?: string): void;
  /** The other side takes no more requests. */
  leaving?(): void;
}

/** The bytes of a message. @returns nothing for what has none */
export function bytesOf(data: unknown): Uint8Array | undefined {
  if (data instanceof Uint8Array) return data;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
}
