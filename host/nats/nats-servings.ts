/**
 * Serving subjects in NATS: each handler is a member of the queue group of its subject. Beside that it has a subject of
 * its own, and says so when it is asked: callers go around one that is frozen.
 */
import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import type { PluginError } from "../errors.ts";
import { drainedWithin } from "../fabric/drained-within.ts";
import type { Handler, Serving } from "../fabric/fabric.ts";
import { Handlers } from "../fabric/handlers.ts";
import { randomName } from "../random-name.ts";
import { after } from "../timer.ts";
import type { Line } from "./line.ts";
import { FAILED, headersOf, messageOf, NOBODY, type Subjects, TIMEOUT } from "./nats-message.ts";
import { patienceOf } from "./replies.ts";

const GROUP = "moult";
const NOTHING = new Uint8Array(0);
/** Milliseconds that the server may take to send no more. */
const LEAVING = 5_000;

export class NatsServings {
  readonly #line: Line;
  readonly #subjects: Subjects;
  readonly #handlers: Handlers;
  readonly #instance = randomName();

  constructor(line: Line, subjects: Subjects, maxMessageBytes: number) {
    this.#line = line;
    this.#subjects = subjects;
    this.#handlers = new Handlers(maxMessageBytes);
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    const { connection } = this.#line;
    let leave = async () => {};
    const serving = this.#handlers.serve(subject, handler, () => leave());
    await this.#line.ask(`could not serve ${subject}`, async () => {
      const group = { queue: GROUP, callback: this.#taking(subject) };
      const subscriptions = [
        connection.subscribe(this.#subjects.of(subject), group),
        connection.subscribe(this.#subjects.of(subject, this.#instance), group),
        connection.subscribe(this.#subjects.asking(subject), {
          callback: (error, message) => void (error ?? message.respond(this.#instance)),
        }),
      ];
      // What the server has sent already is still taken.
      leave = () => drainedWithin(LEAVING, Promise.allSettled(subscriptions.map((each) => each.drain())));
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

  #taking(subject: string): (error: Error | null, message: Msg) => void {
    return (error, message) => {
      if (!error) void this.#take(subject, message);
    };
  }

  async #take(subject: string, message: Msg): Promise<void> {
    const ending = new AbortController();
    const clear = deadline(message, () => ending.abort(new Error("its caller does not wait any more")));
    let [bytes, own]: [Uint8Array, MsgHdrs | undefined] = [NOTHING, undefined];
    try {
      const answer = await this.#handlers.take(subject, messageOf(message), ending.signal);
      [bytes, own] = answer ? [answer.bytes, headersOf(answer)] : [NOTHING, failing(NOBODY)];
    } catch (error) {
      const { code, rawMessage } = error as PluginError;
      [bytes, own] = [new TextEncoder().encode(rawMessage), failing(code)];
    }
    clear();
    // Where the connection is gone for good, its caller finds out by its deadline.
    if (!this.#line.connection.isClosed()) message.respond(bytes, own && { headers: own });
  }
}

function failing(why: string): MsgHdrs {
  const own = headers();
  own.set(FAILED, why);
  return own;
}

/** Fires when the caller's time is up, as far as it says one. */
function deadline(message: Msg, end: () => void): () => void {
  const timeout = Number(message.headers?.get(TIMEOUT) || patienceOf(message));
  if (!(timeout >= 0)) return () => {};
  return after(timeout, end, { name: "timeout", unref: true });
}
