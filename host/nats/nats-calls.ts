/** Calls over NATS: to the queue group of a subject, or around those of its instances that do not answer. */
import type { Msg } from "@nats-io/transport-node";
import { CODES, type ErrorCode, PluginError, reason } from "../errors.ts";
import { awaitedAnswer, checkCallOptions } from "../fabric/awaited-answer.ts";
import { type CallOptions, type Message, Unserved } from "../fabric/fabric.ts";
import { checkedMessage } from "../fabric/message.ts";
import { after, now } from "../timer.ts";
import { Instances } from "./instances.ts";
import type { Line } from "./line.ts";
import { FAILED, headersOf, messageOf, NOBODY, type Subjects } from "./nats-message.ts";
import { isNobody, LATE, Replies } from "./replies.ts";

interface Sent {
  readonly subject: string;
  readonly message: Message;
  readonly timeout: number;
  /** When that is over. */
  readonly until: number;
  /** Instances that it went to. */
  readonly tried: Set<string>;
}

export interface NatsCallsOptions {
  readonly maxMessageBytes: number;
  /** @default NATS's own */
  readonly inboxPrefix: string | undefined;
}

export class NatsCalls {
  readonly #line: Line;
  readonly #subjects: Subjects;
  readonly #most: number;
  readonly #instances: Instances;
  readonly #replies: Replies;

  constructor(line: Line, subjects: Subjects, { maxMessageBytes, inboxPrefix }: NatsCallsOptions) {
    this.#line = line;
    this.#subjects = subjects;
    this.#most = maxMessageBytes;
    this.#instances = new Instances(line, subjects.asking);
    this.#replies = new Replies(line, inboxPrefix);
  }

  async call(subject: string, given: Message, options: CallOptions): Promise<Message> {
    checkCallOptions(options);
    const message = checkedMessage(given, this.#most, `could not call ${subject}`, "the message");
    const { timeout, idempotent, signal } = options;
    const sent = { subject, message, timeout, until: now() + timeout, tried: new Set<string>() };
    try {
      if (!idempotent) return await this.#send(sent, signal);
      return await awaitedAnswer(subject, options, async (signal) => {
        const first = this.#send(sent, signal);
        return Promise.race([first, this.#again(sent, first, signal)]);
      });
    } catch (error) {
      if (error instanceof PluginError && error.code === "deadline") this.#late(sent);
      throw error;
    }
  }

  #late({ subject, tried }: Sent): void {
    this.#instances.late(subject, [...tried].at(-1));
  }

  /** One that says nothing gets half of the time; then another is called, too, and the answer that comes first counts. */
  async #again(sent: Sent, first: Promise<Message>, signal: AbortSignal): Promise<Message> {
    let clear = () => {};
    const half = new Promise<boolean>((resolve) => {
      clear = after(sent.timeout / 2, () => resolve(true), { name: "timeout" });
    });
    const isLate = await Promise.race([half, first.then(isAnswered, isAnswered)]);
    clear();
    if (!isLate || signal.aborted) return first;
    this.#late(sent);
    const other = await this.#instances.other(sent.subject, sent.tried);
    if (other === undefined || signal.aborted) return first;
    return this.#send(sent, signal, other).catch(() => first);
  }

  /** @param instance that it goes to. @default the one that is picked, or the queue group */
  async #send(sent: Sent, signal: AbortSignal | undefined, instance?: string): Promise<Message> {
    const { subject, tried } = sent;
    const to = instance ?? this.#instances.pick(subject, tried);
    if (to === undefined) return this.#ask(sent, signal, this.#subjects.of(subject));
    tried.add(to);
    try {
      return await this.#ask(sent, signal, this.#subjects.of(subject, to));
    } catch (error) {
      if (!(error instanceof Unserved)) throw error;
      // It had nothing of it, so another one may.
      this.#instances.gone(subject, to);
      return this.#send(sent, signal);
    }
  }

  async #ask(
    { subject, message, timeout, until }: Sent,
    signal: AbortSignal | undefined,
    to: string,
  ): Promise<Message> {
    const could = `could not call ${subject}`;
    const asked = { headers: headersOf(message), timeout: Math.max(0, until - now()), signal };
    let answer: Msg;
    try {
      answer = await this.#replies.ask(to, message.bytes, asked);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      const late = `it did not answer within ${timeout} ms (timeout); it may have been called`;
      if (cause === LATE) throw new PluginError("deadline", `${could}: ${late}`);
      const why = `${this.#line.shown}: ${reason(cause)}; it may have been called`;
      throw new PluginError("unavailable", `${could}: ${why}`, { cause });
    }
    if (isNobody(answer)) throw new Unserved(`${could}: nothing serves it; it was not called`);
    return answerOf(answer, could);
  }
}

const isAnswered = () => false;

function answerOf(answer: Msg, could: string): Message {
  const failed = answer.headers?.get(FAILED);
  if (!failed) return messageOf(answer);
  if (failed === NOBODY) throw new Unserved(`${could}: nothing serves it; it was not called`);
  const code = CODES.includes(failed as ErrorCode) ? (failed as ErrorCode) : "bad-peer";
  throw new PluginError(code, new TextDecoder().decode(answer.data.subarray(0, 4_096)));
}
