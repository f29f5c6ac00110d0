/**
 * Answers to calls over NATS. All come to one subject of this process, with the number of their call and, for who
 * answers it, the milliseconds that its caller waits: `_INBOX.….7.t5000`. So a call without headers of its own has none,
 * which both ends and the server would have to read.
 */
import { createInbox, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import { after, LONGEST } from "../timer.ts";
import type { Line } from "./line.ts";

export interface AskOptions {
  readonly headers?: MsgHdrs | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly to: string;
  done(answer: Msg): void;
  failed(error: unknown): void;
}

/** Why a call has no answer: its time is up. */
export const LATE = new Error("the time is up");

export class Replies {
  readonly #line: Line;
  readonly #inbox: string;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #isListening = false;

  /** @param prefix of inboxes, where a user may have no others */
  constructor(line: Line, prefix?: string) {
    this.#line = line;
    this.#inbox = createInbox(prefix);
    line.onRefusal((subject, error) => this.#fail(error, subject));
    void line.connection.closed().then(() => this.#fail(new Error("the connection was closed")));
  }

  /** @throws LATE; the reason of the signal; those of the connection */
  ask(to: string, bytes: Uint8Array, { headers, timeout, signal }: AskOptions): Promise<Msg> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      this.#listen();
      const id = ++this.#last;
      const abort = () => this.#waiting.get(id)?.failed(signal!.reason);
      const clear = after(timeout, () => this.#waiting.get(id)?.failed(LATE), { name: "timeout" });
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          this.#waiting.delete(id);
          clear();
          signal?.removeEventListener("abort", abort);
          settle(value);
        };
      };
      const waiting = { to, done: settled(resolve), failed: settled(reject) };
      this.#waiting.set(id, waiting);
      signal?.addEventListener("abort", abort, { once: true });
      const reply = `${this.#inbox}.${id}.t${timeout > LONGEST ? "" : Math.ceil(timeout)}`;
      try {
        this.#line.connection.publish(to, bytes, { reply, ...(headers && { headers }) });
      } catch (error) {
        waiting.failed(error);
      }
    });
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#line.connection.subscribe(`${this.#inbox}.>`, {
      callback: (error, message) => {
        const { subject } = message;
        const id = Number.parseInt(subject.slice(this.#inbox.length + 1), 10);
        if (error) this.#fail(error);
        else this.#waiting.get(id)?.done(message);
      },
    });
  }

  /** @param to what was sent there. @default all */
  #fail(error: unknown, to?: string): void {
    for (const each of [...this.#waiting.values()])
      if (to === undefined || each.to === to) each.failed(error);
  }
}

/** How long the caller of a message waits, as far as its reply says so. */
export function patienceOf({ reply = "" }: Msg): number {
  return Number(/\.t(\d{1,10})$/.exec(reply)?.[1] ?? Number.NaN);
}

/** Whether the server says that nobody has the message. */
export function isNobody({ headers, data }: Msg): boolean {
  return data.length === 0 && headers?.code === 503;
}
