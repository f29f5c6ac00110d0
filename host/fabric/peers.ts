/** The nodes of a cluster as a caller has them: which one gets a call, and who gets it where that one cannot. */

import { PluginError, reason } from "../errors.ts";
import { Lost } from "../remote/exchanged.ts";
import { jsonOf } from "../remote/json-of.ts";
import { lateAfter } from "../timer.ts";
import { awaitedAnswer } from "./awaited-answer.ts";
import { type CallOptions, type Change, type Message, Unserved } from "./fabric.ts";
import type { HubLine } from "./hub-line.ts";
import { EVERY, MISSED, messageBytes, nodeSchema } from "./hub-protocol.ts";
import { NotTaken, Peer } from "./peer.ts";
import { Poll } from "./poll.ts";

export class Peers {
  readonly #line: HubLine;
  readonly #most: number;
  readonly #peers = new Map<string, Peer>();
  #poll: Promise<Poll> | undefined;
  #closed = false;

  constructor(line: HubLine, maxMessageBytes: number) {
    this.#line = line;
    this.#most = maxMessageBytes;
  }

  /** @throws Unserved; PluginError `deadline`, `unavailable`, and those of the handler's side */
  async call(subject: string, message: Message, options: CallOptions): Promise<Message> {
    const bytes = messageBytes(message);
    return awaitedAnswer(subject, options, (signal) => this.#call(subject, bytes, options, signal));
  }

  close(): void {
    this.#closed = true;
    void this.#poll?.then(
      (poll) => poll.stop(),
      () => {},
    );
    for (const peer of this.#peers.values()) peer.leave();
    this.#peers.clear();
  }

  async #call(
    subject: string,
    bytes: Uint8Array,
    { timeout, idempotent }: CallOptions,
    signal: AbortSignal,
  ): Promise<Message> {
    const could = `could not call ${subject}`;
    const poll = await this.#known(could, this.#followed());
    const tried = new Set<Peer>();
    let why: unknown;
    let isFresh = false;
    for (;;) {
      const peer = this.#pick(subject, tried);
      if (!peer && isFresh) throw failure(could, why);
      if (!peer) {
        // One that came just now is not told of yet.
        await this.#known(could, poll.refresh());
        isFresh = true;
        continue;
      }
      tried.add(peer);
      const isLast = !idempotent || !this.#pick(subject, tried);
      // A node that does not answer must not take the time of all of them.
      const patience = isLast ? signal : AbortSignal.any([signal, lateAfter(timeout / 2)]);
      try {
        return await peer.call(subject, bytes, this.#most, patience);
      } catch (error) {
        signal.throwIfAborted();
        why = error;
        if (error instanceof NotTaken) continue;
        if (error instanceof PluginError) throw error;
        if (idempotent && !isLast) continue;
        throw lost(could, peer, error);
      }
    }
  }

  /** Of two that it finds by chance, the one that has fewer calls: all callers together do not choose the same. */
  #pick(subject: string, tried: ReadonlySet<Peer>): Peer | undefined {
    const all = [...this.#peers.values()].filter((peer) => peer.subjects.has(subject) && !tried.has(peer));
    const well = all.filter(({ isOut }) => !isOut);
    const from = well.length > 0 ? well : all;
    const [first, second] = [from[chance(from.length)], from[chance(from.length)]];
    return first && second && second.taken < first.taken ? second : first;
  }

  /** What the hub says of nodes. @throws Unserved where it does not answer: then nobody has the message */
  async #known<T>(could: string, asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (cause) {
      if (this.#closed || !(cause instanceof PluginError) || cause.code !== "unavailable") throw cause;
      const why = `no node is known that serves it, and the hub does not answer: ${cause.rawMessage}`;
      throw new Unserved(`${could}: ${why}; it was not called`, { cause });
    }
  }

  #followed(): Promise<Poll> {
    this.#poll ??= this.#follow();
    return this.#poll;
  }

  async #follow(): Promise<Poll> {
    // A hub that comes back is told by its nodes within this time that they are there.
    const poll = new Poll(this.#line, { of: "nodes", prefix: "", grace: EVERY * MISSED }, (change) =>
      this.#take(change),
    );
    try {
      await poll.begin();
    } catch (error) {
      this.#poll = undefined;
      throw error;
    }
    return poll;
  }

  #take(change: Change): void {
    if (this.#closed) return;
    const known = this.#peers.get(change.key);
    const found = "value" in change ? nodeSchema.safeParse(jsonOf(change.value)) : undefined;
    const said = found?.success ? found.data : undefined;
    if (known && said?.url === known.url) {
      known.subjects = new Set(said.subjects);
      return;
    }
    known?.leave();
    this.#peers.delete(change.key);
    if (said) this.#peers.set(change.key, new Peer(said, this.#line.credentials));
  }
}

function chance(most: number): number {
  return Math.floor(Math.random() * most);
}

function failure(could: string, why: unknown): Error {
  const cause = why instanceof NotTaken ? why.cause : why;
  if (cause instanceof PluginError && cause.code !== "closed")
    return new PluginError(cause.code, `${could}: ${cause.rawMessage}; it was not called`, { cause });
  const found =
    cause instanceof Lost ? `no node that serves it can be reached: ${cause.message}` : "nothing serves it";
  return new Unserved(`${could}: ${found}; it was not called`, { cause });
}

function lost(could: string, peer: Peer, cause: unknown): PluginError {
  return new PluginError("unavailable", `${could}: ${peer.url}: ${reason(cause)}; it may have been called`, {
    cause,
  });
}
