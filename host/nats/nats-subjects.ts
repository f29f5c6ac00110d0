/** Subjects in NATS: each handler is a member of the queue group of its subject. */
import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import { CODES, type ErrorCode, PluginError, reason } from "../errors.ts";
import { awaitedAnswer, checkCallOptions } from "../fabric/awaited-answer.ts";
import { drainedWithin } from "../fabric/drained-within.ts";
import { type CallOptions, type Handler, type Message, type Serving, Unserved } from "../fabric/fabric.ts";
import { Handlers } from "../fabric/handlers.ts";
import { areHeaders, checkedMessage } from "../fabric/message.ts";
import { after, LONGEST } from "../timer.ts";
import { isUnserved, type Line } from "./line.ts";

/** Our own headers. Those of messages have small letters. */
const FAILED = "Moult-Error";
const TIMEOUT = "Moult-Timeout";
/** No handler had the message. */
const NOBODY = "unserved";
const GROUP = "moult";
/** Milliseconds that the server may take to send no more. */
const LEAVING = 5_000;

export class NatsSubjects {
  readonly #line: Line;
  readonly #name: string;
  readonly #most: number;
  readonly #handlers: Handlers;

  constructor(line: Line, name: string, maxMessageBytes: number) {
    this.#line = line;
    this.#name = name;
    this.#most = maxMessageBytes;
    this.#handlers = new Handlers(maxMessageBytes);
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    const { connection } = this.#line;
    let leave = async () => {};
    const serving = this.#handlers.serve(subject, handler, () => leave());
    await this.#line.ask(`could not serve ${subject}`, async () => {
      const subscription = connection.subscribe(this.#subjectOf(subject), {
        queue: GROUP,
        callback: (error, message) => {
          if (!error) void this.#take(subject, message);
        },
      });
      // What the server has sent already is still taken.
      leave = () =>
        drainedWithin(
          LEAVING,
          subscription.drain().catch(() => {}),
        );
      // From here on the server knows of it.
      await connection.flush();
    });
    return serving;
  }

  /** @returns resolves when all that were taken are answered */
  async drain(): Promise<void> {
    await this.#handlers.drain();
    // Their answers are on their way.
    await drainedWithin(
      LEAVING,
      this.#line.connection.flush().catch(() => {}),
    );
  }

  async call(subject: string, sent: Message, options: CallOptions): Promise<Message> {
    const could = `could not call ${subject}`;
    checkCallOptions(options);
    const message = checkedMessage(sent, this.#most, could, "the message");
    const { timeout } = options;
    const own = headersOf(message);
    own.set(TIMEOUT, String(timeout));
    return awaitedAnswer(subject, options, async () => {
      let answer: Msg;
      try {
        // Our own deadline comes first.
        const late = Math.min(timeout + 1_000, LONGEST);
        const sentAs = { timeout: late, headers: own };
        answer = await this.#line.connection.request(this.#subjectOf(subject), message.bytes, sentAs);
      } catch (cause) {
        if (isUnserved(cause)) throw new Unserved(`${could}: nothing serves it; it was not called`);
        const why = `${this.#line.shown}: ${reason(cause)}; it may have been called`;
        throw new PluginError("unavailable", `${could}: ${why}`, { cause });
      }
      return this.#answerOf(answer, could);
    });
  }

  #answerOf(answer: Msg, could: string): Message {
    const failed = answer.headers?.get(FAILED);
    if (!failed) return messageOf(answer);
    if (failed === NOBODY) throw new Unserved(`${could}: nothing serves it; it was not called`);
    const code = CODES.includes(failed as ErrorCode) ? (failed as ErrorCode) : "bad-peer";
    throw new PluginError(code, new TextDecoder().decode(answer.data.subarray(0, 4_096)));
  }

  async #take(subject: string, message: Msg): Promise<void> {
    const ending = new AbortController();
    const clear = deadline(message, () => ending.abort(new Error("its caller does not wait any more")));
    let [bytes, own]: [Uint8Array, MsgHdrs] = [new Uint8Array(0), headers()];
    try {
      const answer = await this.#handlers.take(subject, messageOf(message), ending.signal);
      if (answer) [bytes, own] = [answer.bytes, headersOf(answer)];
      else own.set(FAILED, NOBODY);
    } catch (error) {
      const { code, rawMessage } = error as PluginError;
      own.set(FAILED, code);
      bytes = new TextEncoder().encode(rawMessage);
    }
    clear();
    // Where the connection is gone for good, its caller finds out by its deadline.
    if (!this.#line.connection.isClosed()) message.respond(bytes, { headers: own });
  }

  #subjectOf(subject: string): string {
    return `${this.#name}.${subject}`;
  }
}

/** Fires when the caller's time is up, as far as it says one. */
function deadline(message: Msg, end: () => void): () => void {
  const timeout = Number(message.headers?.get(TIMEOUT) || Number.NaN);
  if (!(timeout >= 0)) return () => {};
  return after(timeout, end, { name: "timeout", unref: true });
}

function headersOf(message: Message): MsgHdrs {
  const own = headers();
  for (const [name, value] of Object.entries(message.headers ?? {})) own.set(name, value);
  return own;
}

/** A message of a peer's, with those of its headers that a message may have. */
function messageOf(message: Msg): Message {
  const bytes: Uint8Array = new Uint8Array(message.data);
  const found = [...(message.headers ?? [])].map(([name, [value = ""]]) => [name, value] as const);
  const own = found.filter(([name, value]) => areHeaders({ [name]: value }));
  if (own.length === 0) return { bytes };
  const all = Object.fromEntries(own);
  return areHeaders(all) ? { bytes, headers: all } : { bytes };
}
