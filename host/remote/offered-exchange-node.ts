/** Requests to a server that may offer to take calls as frames: from then on these go over one connection. */
import { now } from "../timer.ts";
import type { Asked, Exchange, Told } from "./exchanged.ts";
import { Open } from "./framed-exchange.ts";
import { BYTES, MOST_FRAMED, VALUES } from "./protocol.ts";
import type { StreamChannel } from "./stream-channel-node.ts";

/** Milliseconds until a server that offered frames, and took none, is asked for them again. */
const AGAIN = 60_000;
/** Milliseconds after which a connection without requests is ended: sooner than its server would. */
const KEPT = 30_000;

export interface OfferedOptions {
  /** Sends what is no call, what is large, and all that comes before a connection for frames is open. */
  readonly plain: Exchange;
  /** Ends the connections of `plain` that have no request. */
  dropIdle(): void;
  /**
   * Opens a connection for frames.
   *
   * @param authorization that of the request which was answered with the offer
   * @param most bytes of an answer
   * @returns the connection, and how many calls may be under way there
   */
  open(
    authorization: string | undefined,
    most: number,
  ): Promise<{ readonly channel: StreamChannel; readonly calls: number }>;
}

export class OfferedExchange implements Exchange {
  readonly #options: OfferedOptions;
  #framed: Framed | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: OfferedOptions) {
    this.#options = options;
  }

  async send(asked: Asked): Promise<Told> {
    const framed = this.#framed;
    if (framed?.takes(asked)) return framed.send(asked);
    const told = await this.#options.plain.send(asked);
    if (told.isOffer && !this.#framed && !this.#closed && now() >= this.#notBefore) void this.#begin(asked);
    return told;
  }

  close(): void {
    this.#closed = true;
    this.#framed?.close();
    this.#options.plain.close();
  }

  /** No call waits for it, or fails with it. */
  async #begin({ headers, most }: Asked): Promise<void> {
    this.#notBefore = Number.POSITIVE_INFINITY;
    try {
      const { channel, calls } = await this.#options.open(headers.Authorization, most);
      this.#notBefore = Number.NEGATIVE_INFINITY;
      const own: Framed = new Framed(channel, { most, calls }, () => {
        this.#framed = undefined;
        // Those that rest may be as dead, and a request that is sent into one may have been taken.
        this.#options.dropIdle();
        if (!own.isProven) this.#notBefore = now() + AGAIN;
      });
      this.#framed = own;
      if (this.#closed) own.close();
    } catch {
      this.#notBefore = now() + AGAIN;
    }
  }
}

interface FramedBounds {
  /** Bytes of an answer. */
  readonly most: number;
  /** Calls that are under way. */
  readonly calls: number;
}

/** A connection for frames. */
class Framed {
  readonly #channel: StreamChannel;
  readonly #open: Open;
  readonly #bounds: FramedBounds;
  #usedAt = now();
  #waiting = 0;
  /** Whether it brought an answer. */
  isProven = false;

  /** @param onLeft is told when it takes no more requests */
  constructor(channel: StreamChannel, bounds: FramedBounds, onLeft: () => void) {
    this.#channel = channel;
    this.#bounds = bounds;
    this.#open = new Open(channel, () => {
      clearInterval(sweep);
      onLeft();
    });
    channel.hold(false);
    const sweep = setInterval(() => {
      if (this.#waiting === 0 && now() - this.#usedAt > KEPT) this.#open.leave();
    }, KEPT / 2);
    sweep.unref();
  }

  takes({ method, headers, body, most }: Asked): boolean {
    const type = headers["Content-Type"];
    if (this.#open.isLeft || method !== "POST" || (type !== VALUES && type !== BYTES)) return false;
    const { most: longest, calls } = this.#bounds;
    if (body === undefined || body.length > MOST_FRAMED || most > longest) return false;
    // Behind a long answer others would wait: they go beside it.
    return this.#waiting < calls && !this.#channel.isLong;
  }

  async send(asked: Asked): Promise<Told> {
    const sentAt = now();
    this.#usedAt = sentAt;
    if (this.#waiting++ === 0) this.#channel.hold(true);
    try {
      const told = await this.#open.send(asked);
      this.isProven = true;
      return told;
    } catch (error) {
      // Given up, and nothing at all came meanwhile: its server may be gone without a word.
      if (asked.signal.aborted && this.#channel.heardAt < sentAt) this.#open.leave();
      throw error;
    } finally {
      if (--this.#waiting === 0) this.#channel.hold(false);
    }
  }

  close(): void {
    this.#open.close();
  }
}
