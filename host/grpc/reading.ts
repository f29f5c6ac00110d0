/** Reads one message of protobuf, and counts the memory that its values take: a peer may send much in few bytes. */
import protobuf from "protobufjs/minimal.js";
import { AbiError } from "../../abi/tools.ts";

/** How a field lies on the wire. */
export const WIRE = { varint: 0, eight: 1, bytes: 2, four: 5 } as const;
export type Wire = (typeof WIRE)[keyof typeof WIRE];

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Reading {
  readonly wire: protobuf.Reader;
  /** The place of the last field of the message that was just read; -1 for none. */
  last = -1;
  readonly #most: number;
  #left: number;

  /** @param most bytes of memory that the values may take */
  constructor(bytes: Uint8Array, most: number) {
    this.wire = protobuf.Reader.create(bytes);
    this.#most = most;
    this.#left = most;
  }

  /** @throws AbiError `argument` */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const found = `they would take ${this.#most - this.#left} bytes or more of memory`;
    throw new AbiError(
      "argument",
      `the arguments are too large: ${found}, and ${this.#most} are allowed (maxBytes)`,
    );
  }

  /** Where a part with a length ends. @throws AbiError `argument` where it has more than there is */
  end(place: string): number {
    const length = this.wire.uint32();
    const end = this.wire.pos + length;
    if (end > this.wire.len) return broken(place, "it ends too early");
    return end;
  }

  /** Its own copy. */
  bytes(place: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#part(place));
  }

  text(place: string): string {
    const part = this.#part(place);
    try {
      return UTF8.decode(part);
    } catch {
      throw new AbiError("argument", `${place}: wanted a text in UTF-8`);
    }
  }

  #part(place: string): Uint8Array {
    const end = this.end(place);
    const { wire } = this;
    const part = wire.buf.subarray(wire.pos, end);
    this.spend(16 + 2 * part.length);
    wire.pos = end;
    return part;
  }
}

export function broken(place: string, why: string): never {
  throw new AbiError("argument", `${place}: it is no such message: ${why}`);
}
