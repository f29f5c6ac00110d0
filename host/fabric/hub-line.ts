/** The way to a hub: by the first of its addresses that answers. */

import { exchangeWith } from "#exchange";
import { PluginError } from "../errors.ts";
import { type Exchange, type ExchangeOptions, Lost, type Told } from "../remote/exchanged.ts";
import { jsonOf } from "../remote/json-of.ts";
import { readProblem } from "../remote/problem.ts";
import { mediaType, PROBLEM } from "../remote/protocol.ts";
import { lateAfter } from "../timer.ts";
import { BYTES } from "./hub-protocol.ts";

export interface AskedHub {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: Uint8Array;
  /** Bytes of the answer. */
  readonly most: number;
  /** Milliseconds, where it is not the time that all have. */
  readonly timeout?: number;
  /** What is not known where no answer comes: `it may have been changed`. */
  readonly maybe?: string;
  /** Ends it besides. */
  readonly signal?: AbortSignal;
}

export interface HubLineOptions {
  readonly token: string | undefined;
  readonly timeout: number;
  /** Certificates in PEM of the authorities that are trusted. */
  readonly ca: readonly string[] | undefined;
}

/** How the hub is reached, and nodes as well. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly exchange: ExchangeOptions;
}

export class HubLine {
  readonly shown: string;
  readonly #hubs: readonly Exchange[];
  readonly credentials: Credentials;
  readonly #timeout: number;
  readonly #ending = new AbortController();
  /** The one that answered last. */
  #first = 0;

  constructor(urls: readonly URL[], { token, timeout, ca }: HubLineOptions) {
    this.shown = urls.map(({ href }) => href).join(", ");
    const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    this.credentials = { headers, exchange: { ca } };
    this.#hubs = urls.map((base) => exchangeWith(base, this.credentials.exchange));
    this.#timeout = timeout;
  }

  get closed(): boolean {
    return this.#ending.signal.aborted;
  }

  /**
   * Asks the hub. What changes something is sent to a second address only where the first did not have it.
   *
   * @param could what is asked for: `could not get plan.counter`
   * @throws PluginError `closed`, `unavailable`, `bad-peer`, `too-large` for an answer of more than `most`, and those that the hub tells of
   */
  async ask(could: string, asked: AskedHub): Promise<Told> {
    if (this.closed) throw new PluginError("closed", `${could}: the fabric was closed`);
    let last: unknown;
    for (let i = 0; i < this.#hubs.length; i++) {
      const at = (this.#first + i) % this.#hubs.length;
      try {
        const told = await this.#send(at, asked);
        this.#first = at;
        return this.#checked(could, told);
      } catch (error) {
        if (error instanceof PluginError) throw error;
        last = error;
        if (asked.method === "POST" && !isUnsent(error)) break;
      }
    }
    if (this.closed) throw new PluginError("closed", `${could}: the fabric was closed`);
    throw this.#failure(could, last, asked);
  }

  close(): void {
    this.#ending.abort(new Error("the fabric was closed"));
    for (const each of this.#hubs) each.close();
  }

  async #send(at: number, { method, path, body, most, timeout, signal }: AskedHub): Promise<Told> {
    const ends = [this.#ending.signal, lateAfter(timeout ?? this.#timeout)];
    return this.#hubs[at]!.send({
      method,
      path,
      headers: { ...this.credentials.headers, ...(body && { "Content-Type": BYTES }) },
      ...(body && { body }),
      signal: AbortSignal.any(signal ? [...ends, signal] : ends),
      most,
    });
  }

  #checked(could: string, told: Told): Told {
    if (told.status === 200) return told;
    const { error } = (mediaType(told.type) === PROBLEM && readProblem(jsonOf(told.body))) || {};
    if (error?.code === "not-found") return told;
    if (error) throw new PluginError(error.code, `${could}: its hub refused it: ${error.rawMessage}`);
    const found = `${told.status}${told.type === undefined ? "" : `, ${told.type}`}`;
    throw new PluginError("bad-peer", `${could}: it is no hub of moult's that answers there: found ${found}`);
  }

  #failure(could: string, cause: unknown, { maybe, timeout }: AskedHub): unknown {
    const end = maybe === undefined || isUnsent(cause) ? "" : `; ${maybe}`;
    if (cause instanceof Lost) {
      const code = cause.isTooLarge ? "too-large" : "unavailable";
      return new PluginError(code, `${could}: ${this.shown}: ${cause.message}${end}`, { cause });
    }
    if ((cause as { readonly name?: unknown } | undefined)?.name !== "TimeoutError") return cause;
    const why = `${this.shown}: it did not answer within ${timeout ?? this.#timeout} ms (timeout)`;
    return new PluginError("unavailable", `${could}: ${why}${end}`, { cause });
  }
}

function isUnsent(error: unknown): boolean {
  return error instanceof Lost && !error.sent;
}
