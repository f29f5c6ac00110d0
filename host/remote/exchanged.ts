/** Requests and their answers, as every way to send them has them. */
import type { SignalLike } from "./request-signal.ts";

export interface Asked {
  readonly method: "GET" | "POST";
  /** Below the base, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: SignalLike;
  /** Bytes of the answer's body. */
  readonly most: number;
}

export interface Told {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Uint8Array;
  /** Whether its server takes more requests of the kind as frames. */
  readonly isOffer?: boolean;
}

export interface Exchange {
  /** @throws Lost; the reason of the signal */
  send(asked: Asked): Promise<Told>;
  /** Lets go of its connections. */
  close(): void;
}

export interface ExchangeOptions {
  /** Certificates in PEM of the authorities that are trusted, instead of the runtime's own. */
  readonly ca: readonly string[] | undefined;
}

/** No answer came, or none that can be read. */
export class Lost extends Error {
  override readonly name = "Lost";
  /** Whether the server may have had the request. */
  readonly sent: boolean;
  /** Whether the answer has more bytes than it may. */
  readonly isTooLarge: boolean;

  constructor(message: string, sent: boolean, cause?: unknown, isTooLarge = false) {
    super(message, { cause });
    this.sent = sent;
    this.isTooLarge = isTooLarge;
  }
}

/** A body that comes in pieces. */
export class Gathered {
  readonly #most: number;
  readonly #tooLarge: (found: number) => Error;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** @param tooLarge the error for more bytes than that */
  constructor(most: number, tooLarge: (found: number) => Error) {
    this.#most = most;
    this.#tooLarge = tooLarge;
  }

  /** So many bytes are said to come. */
  expect(bytes: number): void {
    if (bytes > this.#most) throw this.#tooLarge(bytes);
  }

  add(piece: Uint8Array): void {
    this.#size += piece.length;
    this.expect(this.#size);
    this.#pieces.push(piece);
  }

  get whole(): Uint8Array {
    const [first] = this.#pieces;
    if (first && this.#pieces.length === 1) return first;
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

/** The body of an answer. */
export function gatheredAnswer(most: number): Gathered {
  const why = (found: number) => `its answer has ${found} bytes or more, wanted at most ${most} (maxBytes)`;
  return new Gathered(most, (found) => new Lost(why(found), true, undefined, true));
}
