/** What serves subjects in this process: which handler takes a message, how many it has, and when it has none left. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError, reason } from "../errors.ts";
import type { Handler, Message, Serving } from "./fabric.ts";
import { checkedMessage } from "./message.ts";
import { checkSubject } from "./name.ts";

interface Registered {
  readonly handler: Handler;
  /** Messages that it has not answered. */
  taken: number;
  /** Whether it only takes what was sent to it already. */
  leaving: boolean;
  idle: (() => void) | undefined;
  /** Takes no more messages. */
  drain(): Promise<void>;
}

export class Handlers {
  readonly #maxMessageBytes: number;
  readonly #subjects = new Map<string, Registered[]>();
  /** All that have something to answer or may get it. */
  readonly #open = new Set<Registered>();

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** The subjects that are served here, and are going to be. */
  get subjects(): string[] {
    return [...this.#subjects]
      .filter(([, all]) => all.some(({ leaving }) => !leaving))
      .map(([subject]) => subject);
  }

  /** @param leave tells others to send it no more; until it is done, the handler takes what they send */
  serve(subject: string, handler: Handler, leave?: () => Promise<void>): Serving {
    checkSubject(subject, "could not serve");
    if (typeof handler !== "function")
      throw new PluginError(
        "argument",
        `could not serve ${subject}: found ${describe(handler)}, wanted a function`,
      );
    let drained: Promise<void> | undefined;
    const one: Registered = {
      handler,
      taken: 0,
      leaving: false,
      idle: undefined,
      drain: () => {
        drained ??= this.#drained(subject, one, leave);
        return drained;
      },
    };
    this.#subjects.set(subject, [...(this.#subjects.get(subject) ?? []), one]);
    this.#open.add(one);
    return { drain: one.drain };
  }

  async #drained(subject: string, one: Registered, leave: (() => Promise<void>) | undefined): Promise<void> {
    one.leaving = true;
    if (leave) await leave();
    const others = this.#subjects.get(subject)!.filter((each) => each !== one);
    if (others.length > 0) this.#subjects.set(subject, others);
    else this.#subjects.delete(subject);
    if (one.taken > 0)
      await new Promise<void>((resolve) => {
        one.idle = resolve;
      });
    this.#open.delete(one);
  }

  /** Takes no more messages. @returns resolves when all that were taken are answered */
  async drain(): Promise<void> {
    await Promise.all([...this.#open].map((one) => one.drain()));
  }

  /**
   * Gives a message to the handler that has the fewest.
   *
   * @returns nothing where the subject is not served here
   * @throws PluginError `too-large`, `bad-peer`: it was called
   */
  take(subject: string, message: Message, signal: AbortSignal): Promise<Message> | undefined {
    const all = this.#subjects.get(subject);
    if (!all) return undefined;
    if (all.length === 1) return this.#answer(subject, all[0]!, message, signal);
    const staying = all.filter(({ leaving }) => !leaving);
    const one = (staying.length > 0 ? staying : all).reduce((least, each) =>
      each.taken < least.taken ? each : least,
    );
    // Those with as few take turns.
    this.#subjects.set(subject, [...all.filter((each) => each !== one), one]);
    return this.#answer(subject, one, message, signal);
  }

  async #answer(subject: string, one: Registered, message: Message, signal: AbortSignal): Promise<Message> {
    const could = `could not call ${subject}`;
    one.taken++;
    let answer: Message;
    try {
      answer = await one.handler(message, signal);
    } catch (cause) {
      throw new PluginError("bad-peer", `${could}: its handler failed: ${reason(cause)}`, { cause });
    } finally {
      if (--one.taken === 0) one.idle?.();
    }
    try {
      return checkedMessage(answer, this.#maxMessageBytes, could, "the answer");
    } catch (cause) {
      if (!(cause instanceof PluginError)) throw cause;
      const code = cause.code === "too-large" ? "too-large" : "bad-peer";
      throw new PluginError(code, `${cause.rawMessage}; it was called`, { cause });
    }
  }
}
