/**
 * The memory that a host and the thread of a guest share: one message at a time, in one direction or the other.
 * Whose turn it is writes; a message that is larger than the memory goes over in pieces.
 *
 *     host    call ......................... ask? answer .......... returned
 *     thread       (the guest runs, and asks)      (it goes on)
 */

/** The numbers of the header's words. */
export const TURN = 0;
export const KIND = 1;
/** What a message is about: the number of a function. */
export const ABOUT = 2;
/** Bytes of the whole message, and of the piece that lies in the memory. */
export const SIZE = 3;
export const PIECE = 4;

/** Whose turn it is. */
export const HOST = 0;
export const THREAD = 1;

/** The kinds of messages. */
export const Kind = {
  /** The piece was taken; the next one may come. */
  more: 0,
  /** To the thread: the arguments of a call, whose function is `about`. */
  call: 1,
  /** The same for a call that is run again. */
  again: 2,
  /** To the thread: an order was posted. */
  order: 3,
  /** To the thread: the host's answer to a question, or that there is none. */
  answer: 4,
  refused: 5,
  /** To the host: the guest asks for what it was granted, whose function is `about`. */
  ask: 6,
  /** To the host: the guest's answer, or the error that ended it, in JSON. */
  returned: 7,
  failed: 8,
  /** To the host: the answer to an order was posted. */
  done: 9,
  /** To the host, where messages are posted: what the guest tells, and waits for no answer to. */
  tell: 10,
} as const;

export interface Message {
  readonly kind: number;
  readonly about: number;
  /** Valid until the next message. */
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

export function message(kind: number, about = 0, bytes: Uint8Array = NO_BYTES): Message {
  return { kind, about, bytes };
}

/** Bytes before the content: the header, and the fuel that was used. */
const BEFORE = 64;
/** Bytes of content that fit. */
export const AREA = 65_536;

export function makeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(BEFORE + AREA);
}

function broken(found: string): Error {
  return new Error(`a thread wrote a frame that is none: found ${found}`);
}

/** What both ends see of the memory. */
export class Wire {
  readonly header: Int32Array;
  readonly #area: Uint8Array;
  /** Units of fuel that the last entry took; -1 where the guest is not metered. */
  readonly #fuel: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, 8);
    this.#fuel = new Float64Array(memory, 32, 1);
    this.#area = new Uint8Array(memory, BEFORE);
  }

  get fuelUsed(): number | undefined {
    const used = this.#fuel[0]!;
    return used < 0 ? undefined : used;
  }

  set fuelUsed(units: number | undefined) {
    this.#fuel[0] = units ?? -1;
  }

  /** Writes a piece of a message. @returns the offset of the next piece */
  write({ kind, about, bytes }: Message, from: number): number {
    const to = Math.min(from + AREA, bytes.length);
    const { header } = this;
    header[KIND] = kind;
    header[ABOUT] = about;
    header[SIZE] = bytes.length;
    header[PIECE] = to - from;
    this.#area.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    return to;
  }

  /** The message, or one of its pieces. @throws Error for a frame that no end of a wire writes */
  read(): Message {
    const { header } = this;
    const [size, piece] = [header[SIZE]!, header[PIECE]!];
    if (size < piece || piece < 0 || piece > AREA || (piece === 0 && size > 0))
      throw broken(`${piece} of ${size} bytes`);
    return { kind: header[KIND]!, about: header[ABOUT]!, bytes: this.#area.subarray(0, piece) };
  }

  /** Bytes of the whole message. */
  get size(): number {
    return this.header[SIZE]!;
  }
}

/** Bytes that are held ready for a message before more of it has come. */
const AHEAD = 2 ** 22;

/** A message that comes in pieces. Memory is taken as they come, and not for what the first of them says. */
export class Pieces {
  readonly #size: number;
  #held: Uint8Array<ArrayBuffer>;
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
    this.#held = new Uint8Array(Math.min(size, AHEAD));
  }

  /** @throws Error for more bytes than were said */
  add({ bytes }: Message): void {
    const size = this.#size;
    const taken = this.#taken + bytes.length;
    if (taken > size) throw broken(`${taken} bytes of a message of ${size}`);
    if (taken > this.#held.length) {
      const more = new Uint8Array(Math.min(size, 2 * this.#held.length));
      more.set(this.#held);
      this.#held = more;
    }
    this.#held.set(bytes, this.#taken);
    this.#taken = taken;
  }

  get complete(): boolean {
    return this.#taken === this.#size;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#held;
  }
}
