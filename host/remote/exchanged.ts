/** Requests and their answers, as every way to send them has them. */
import { Gathered } from "../gathered.ts";
import { mediaType, PROBLEM } from "./protocol.ts";
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

/** What a proxy or a balancer answers that did not get an answer from the server behind it. */
const OF_GATEWAYS: Readonly<Record<number, string>> = {
  502: "502 Bad Gateway",
  503: "503 Service Unavailable",
  504: "504 Gateway Timeout",
};

/** @throws Lost for the answer of a server on the way */
export function passed(told: Told): Told {
  const gateway = OF_GATEWAYS[told.status];
  if (gateway === undefined || mediaType(told.type) === PROBLEM) return told;
  throw new Lost(`${gateway} was answered in its place`, true);
}

/** The body of an answer. */
export function gatheredAnswer(most: number): Gathered {
  const why = (found: number) => `its answer has ${found} bytes or more, wanted at most ${most} (maxBytes)`;
  return new Gathered(most, (found) => new Lost(why(found), true, undefined, true));
}
