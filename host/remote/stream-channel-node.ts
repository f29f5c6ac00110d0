/**
 * A connection's bytes as a channel: each frame after its length, in four bytes, little-endian. A length of 0 alone says
 * that no more requests are taken.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { after, now } from "../timer.ts";
import type { Channel, Heard } from "./channel.ts";
import { LENGTH, Misframed, withRoom } from "./frame.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { Packed } from "./packed.ts";
import { MOST_FRAMED } from "./protocol.ts";

export interface StreamOptions {
  /** Bytes of a frame that comes, at most. */
  readonly most: number;
  /** What has come of a frame that is not whole counts there. */
  readonly held?: HeldBytes;
  /** Milliseconds in which a frame that has begun has to be whole. */
  readonly timeout: number;
}

export interface StreamChannel extends Channel {
  /** When something came last. */
  readonly heardAt: number;
  /** Whether a long frame is coming: others wait behind it. */
  readonly isLong: boolean;
  /** Whether the process waits for what comes. */
  hold(on: boolean): void;
}

/** @param head what came of it already */
export function streamChannel(socket: Duplex, head: Buffer, options: StreamOptions): StreamChannel {
  return new Stream(socket, head, options);
}

/** Milliseconds that the other side may take to end a connection, too. */
const LEAVING = 1_000;

class Stream implements StreamChannel {
  heardAt = now();
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #options: StreamOptions;
  #heard: Heard | undefined;
  /** What has come of a frame that is not whole. */
  #pieces: Buffer[] = [];
  #size = 0;
  /** Bytes that it takes to go on. */
  #wanted = LENGTH;
  #clear: (() => void) | undefined;
  readonly #packed = new Packed((whole, taken) => this.#write(whole, taken), process.nextTick);
  #over = false;

  constructor(socket: Duplex, head: Buffer, options: StreamOptions) {
    this.#socket = socket;
    this.#head = head;
    this.#options = options;
    // It is closed after it.
    socket.on("error", () => {});
  }

  get isLong(): boolean {
    return this.#size > 0 && this.#wanted > MOST_FRAMED;
  }

  hear(heard: Heard): void {
    const socket = this.#socket;
    this.#heard = heard;
    socket.on("data", (piece: Buffer) => this.#add(piece));
    socket.once("end", () => socket.end());
    socket.once("close", () => {
      this.#over = true;
      this.#drop();
      this.#packed.drop();
      heard.closed();
    });
    if (this.#head.length > 0) this.#add(this.#head);
  }

  send(frame: Uint8Array<ArrayBuffer>, taken?: () => void): void {
    this.#packed.add(frame, taken);
  }

  leave(): void {
    this.send(withRoom(0));
  }

  close(): void {
    this.#packed.flush();
    this.#over = true;
    const socket = this.#socket;
    socket.end();
    const end = after(LEAVING, () => socket.destroy(), { name: "timeout", unref: true });
    socket.once("close", end);
  }

  hold(on: boolean): void {
    const socket = this.#socket as Duplex & Partial<Pick<Socket, "ref" | "unref">>;
    if (on) socket.ref?.();
    else socket.unref?.();
  }

  #write(whole: Uint8Array, taken: () => void): void {
    if (this.#over) taken();
    else this.#socket.write(whole, taken);
  }

  #add(piece: Buffer): void {
    if (this.#over) return;
    this.heardAt = now();
    if (this.#size > 0 && this.#size + piece.length < this.#wanted) {
      this.#keep(piece);
      return;
    }
    const bytes = this.#size > 0 ? Buffer.concat([...this.#pieces, piece]) : piece;
    this.#drop();
    const at = this.#read(bytes);
    if (!this.#over && at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** Tells of whole frames. @returns where the next one begins */
  #read(bytes: Buffer): number {
    const { most } = this.#options;
    let at = 0;
    for (;;) {
      this.#wanted = LENGTH;
      if (this.#over || bytes.length - at < LENGTH) return at;
      const length = bytes.readUInt32LE(at);
      if (length > most) {
        this.#heard!.message(new Misframed(`it has ${length} bytes, at most ${most} are taken`));
        return bytes.length;
      }
      this.#wanted += length;
      if (bytes.length - at < this.#wanted) return at;
      if (length === 0 && this.#heard!.leaving) this.#heard!.leaving();
      // No Buffer: a slice of one is no copy.
      else this.#heard!.message(new Uint8Array(bytes.buffer, bytes.byteOffset + at + LENGTH, length));
      at += this.#wanted;
    }
  }

  #keep(piece: Buffer): void {
    const { held, timeout } = this.#options;
    try {
      held?.take(piece.length, "a frame");
    } catch {
      this.#socket.destroy();
      return;
    }
    this.#pieces.push(piece);
    this.#size += piece.length;
    this.#clear ??= after(timeout, () => this.#socket.destroy(), { name: "requestTimeout", unref: true });
  }

  #drop(): void {
    this.#options.held?.give(this.#size);
    this.#pieces = [];
    this.#size = 0;
    this.#clear?.();
    this.#clear = undefined;
  }
}
