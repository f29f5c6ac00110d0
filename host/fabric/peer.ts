/** A node as its callers have it: where it is, what it serves, and whether it answers. */

import { exchangeWith } from "#exchange";
import { type ErrorCode, PluginError } from "../errors.ts";
import { type Exchange, Lost, type Told } from "../remote/exchanged.ts";
import { jsonOf } from "../remote/json-of.ts";
import { readProblem } from "../remote/problem.ts";
import { mediaType, PROBLEM } from "../remote/protocol.ts";
import { after } from "../timer.ts";
import type { Message } from "./fabric.ts";
import type { Credentials } from "./hub-line.ts";
import { BYTES, MOST_HEADERS, messageOf, NOT_SERVED, type NodeSaid, TOO_MANY } from "./hub-protocol.ts";

/** Failures in a row after which a node gets no more calls. */
const FAILURES = 3;
/** Milliseconds until it is looked whether it is there again, at first and at most. */
const FIRST_LOOK = 500;
const LONGEST_LOOK = 15_000;
/** Milliseconds that a node may take to say that it lives. */
const LOOK = 1_000;

/** What a node says of a message that it took. */
const OF_HANDLERS: ReadonlySet<ErrorCode> = new Set([
  "argument",
  "too-large",
  "bad-peer",
  "queue-full",
  "internal",
]);

/** No handler had the message. */
export class NotTaken extends Error {
  override readonly name = "NotTaken";
  /** Whether the node does not serve the subject: it is well. */
  readonly isUnserved: boolean;

  constructor(cause: unknown, isUnserved = false) {
    super("it was not taken", { cause });
    this.isUnserved = isUnserved;
  }
}

export class Peer {
  readonly node: string;
  readonly url: string;
  subjects: ReadonlySet<string>;
  /** Calls that it has not answered. */
  taken = 0;
  readonly #exchange: Exchange;
  readonly #headers: Readonly<Record<string, string>>;
  #failures = 0;
  #isOut = false;
  #look = FIRST_LOOK;
  #clear = () => {};
  #isGone = false;

  constructor({ node, url, subjects }: NodeSaid, credentials: Credentials) {
    this.node = node;
    this.url = url;
    this.subjects = new Set(subjects);
    const base = new URL(url);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    this.#headers = credentials.headers;
    this.#exchange = exchangeWith(base, credentials.exchange);
  }

  /** Whether it gets no calls while another one can. */
  get isOut(): boolean {
    return this.#isOut;
  }

  /**
   * @param bytes a message as `messageBytes` writes it
   * @throws NotTaken; Lost; PluginError of the handler's side; the reason of the signal
   */
  async call(subject: string, bytes: Uint8Array, most: number, signal: AbortSignal): Promise<Message> {
    const could = `could not call ${subject}`;
    this.taken++;
    let told: Told;
    try {
      told = await this.#send("POST", `take/${subject}?node=${this.node}`, signal, most, bytes);
    } catch (error) {
      this.#failed(error instanceof Lost && !error.sent);
      if (error instanceof Lost && !error.sent) throw new NotTaken(error);
      throw error;
    } finally {
      this.taken--;
      if (this.#isGone) this.#letGo();
    }
    const problem = mediaType(told.type) === PROBLEM ? readProblem(jsonOf(told.body))?.error : undefined;
    if (told.status === NOT_SERVED) throw new NotTaken(problem, true);
    if (told.status === TOO_MANY || problem?.code === "denied") throw new NotTaken(problem);
    this.#answered();
    if (problem && OF_HANDLERS.has(problem.code)) throw problem;
    if (told.status === 200 && mediaType(told.type) === BYTES) return messageOf(told.body, could);
    throw new PluginError("bad-peer", `${could}: it is no node of moult's that answers at ${this.url}`);
  }

  /** Gets no more calls. Its connections end when it has answered those that it has. */
  leave(): void {
    this.#isGone = true;
    this.#clear();
    this.#letGo();
  }

  #letGo(): void {
    if (this.taken === 0) this.#exchange.close();
  }

  #send(method: "GET" | "POST", path: string, signal: AbortSignal, most: number, body?: Uint8Array) {
    return this.#exchange.send({
      method,
      path,
      headers: { ...this.#headers, ...(body && { "Content-Type": BYTES }) },
      ...(body && { body }),
      signal,
      most: most + MOST_HEADERS + 4,
    });
  }

  #answered(): void {
    this.#failures = 0;
    this.#look = FIRST_LOOK;
  }

  /** @param isCertain whether nobody answers there */
  #failed(isCertain: boolean): void {
    this.#failures++;
    if (this.#isOut || (!isCertain && this.#failures < FAILURES)) return;
    this.#isOut = true;
    this.#lookLater();
  }

  /** It is asked whether it lives, so that no call is risked for that. */
  #lookLater(): void {
    if (this.#isGone) return;
    this.#clear = after(this.#look, () => void this.#lookNow(), { name: "look", unref: true });
    this.#look = Math.min(this.#look * 2, LONGEST_LOOK);
  }

  async #lookNow(): Promise<void> {
    try {
      const { status } = await this.#send("GET", "live", AbortSignal.timeout(LOOK), 4_096);
      if (status === 200) {
        this.#isOut = false;
        this.#failures = 0;
        return;
      }
    } catch {
      // It is asked again.
    }
    this.#lookLater();
  }
}
