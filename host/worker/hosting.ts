/** A thread as its host has it: calls and orders, each within its time, and the answers to what the guest asks. */
import { startThread, type Thread } from "#thread";
import { PluginError, reason } from "../errors.ts";
import { OutOfTime } from "../limits.ts";
import { after } from "../timer.ts";
import { HostEnd, type HostSide, WAITS } from "./host-end.ts";
import type { InstanceHost, Terms } from "./instance-host.ts";
import type { Answer, Beginning, Facts, Order, SentModule } from "./orders.ts";
import { type Posted, PostedHostEnd } from "./posted.ts";
import { received } from "./sent-error.ts";
import { Watchdog } from "./watchdog.ts";
import { Kind, type Message, makeMemory, message } from "./wire.ts";

/** Bytes of JavaScript's heap that a thread takes for itself. */
const BARE = 2 ** 26;
/** Milliseconds that a thread may take to start. */
const START = 30_000;

export class Hosting implements InstanceHost {
  readonly module: SentModule;
  /** Pages of its memory, and whether it can be copied, as they were after the last order. */
  facts: Facts | undefined;
  readonly #thread: Thread;
  readonly #end: HostSide;
  readonly #watchdog: Watchdog;
  readonly #posted: Answer[] = [];
  #arrived: (() => void) | undefined;
  #terms: Terms | undefined;
  #error: { readonly error: unknown } | undefined;
  #ready!: () => void;
  readonly #started: Promise<void>;

  /** @param shares whether it shares memory with the thread; else their messages are posted */
  constructor(module: SentModule, shares = true) {
    this.module = module;
    const memory = shares ? makeMemory() : undefined;
    this.#watchdog = new Watchdog(() => this.#late());
    this.#end = memory
      ? new HostEnd(memory, this.#watchdog)
      : new PostedHostEnd((said) => this.#thread.post(said), this.#watchdog);
    this.#started = new Promise((resolve) => {
      this.#ready = resolve;
    });
    this.#thread = startThread({
      message: (data) => this.#told(data),
      ended: (error) => this.#gone(error),
      heap: BARE + 2 * module.maxValueBytes,
    });
    const { code, metering, from, maxValueBytes } = module;
    const own = { code, metering, from, maxValueBytes };
    this.#thread.post({ memory, waits: WAITS, module: own } satisfies Beginning);
  }

  /** Why the thread has ended; nothing while it lives. */
  get ended(): unknown {
    return this.#error?.error;
  }

  /** Whether nothing is under way in it. */
  get idle(): boolean {
    return this.#terms === undefined;
  }

  get fuelUsed(): number | undefined {
    return this.#end.fuelUsed;
  }

  /** Waits until it has started. @throws PluginError `unavailable` */
  async started(): Promise<this> {
    const late = () => this.end(new Error(`it did not start within ${START} ms`));
    const clear = after(START, () => void late(), { name: "the start of a thread", unref: true });
    this.#thread.idle(false);
    await this.#started;
    this.#thread.idle(true);
    clear();
    if (!this.#error) return this;
    const why = reason(this.#error.error);
    throw new PluginError("unavailable", `could not start a thread for ${this.module.from}: ${why}`, {
      cause: this.#error.error,
    });
  }

  /** Sends a call. @returns the guest's answer, or what ended it @throws what ended the thread */
  async call(said: Message, terms: Terms): Promise<Message> {
    this.#begin(terms);
    try {
      return await this.#converse(said, terms);
    } finally {
      this.#over();
    }
  }

  async #converse(said: Message, terms: Terms): Promise<Message> {
    let heard = await this.#end.exchange(said);
    while (heard.kind === Kind.ask) heard = await this.#end.exchange(await terms.answer(heard));
    return heard;
  }

  /** Gives an order. @returns the result @throws what the guest threw, or what ended the thread */
  async order<T>(order: Order, terms: Terms): Promise<T> {
    if (this.#error) throw this.#error.error;
    this.#thread.post(order);
    this.#begin(terms);
    let answer: Answer;
    try {
      await this.#converse(message(Kind.order), terms);
      answer = await this.#nextPosted();
    } finally {
      this.#over();
    }
    this.facts = answer.facts ?? this.facts;
    if ("failed" in answer) throw received(answer.failed);
    return answer.result as T;
  }

  /** Images are freed with the last that refers to them. */
  forget(): void {}

  /** The guest has so many pages of memory. */
  has(pages: number): void {
    if (this.facts) this.facts = { ...this.facts, pages };
  }

  /** Ends the thread, whatever runs in it. @returns resolves when it has ended */
  end(error: unknown): Promise<void> {
    this.#gone(error);
    return this.#thread.end();
  }

  #begin(terms: Terms): void {
    if (this.#terms) throw new Error("a thread was given two things to do at a time");
    this.#terms = terms;
    this.#watchdog.allow(terms.milliseconds);
    this.#thread.idle(false);
  }

  #over(): void {
    this.#terms = undefined;
    this.#thread.idle(true);
  }

  #late(): void {
    const { what, milliseconds } = this.#terms!;
    this.#end.overdue(() => void this.end(new OutOfTime(what, milliseconds)));
  }

  #told(data: unknown): void {
    if (data === "ready") this.#ready();
    else if (data === "look") this.#end.look();
    else if ("said" in (data as object)) this.#heard(data as Posted);
    else {
      this.#posted.push(data as Answer);
      this.#arrived?.();
    }
  }

  #heard(posted: Posted): void {
    // What the guest tells is heard while the thread has its turn.
    if (posted.said.kind === Kind.tell) void this.#terms?.answer(posted.said);
    else (this.#end as PostedHostEnd).heard(posted);
  }

  async #nextPosted(): Promise<Answer> {
    while (this.#posted.length === 0) {
      if (this.#error) throw this.#error.error;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.#posted.shift()!;
  }

  #gone(error: unknown): void {
    this.#error ??= { error };
    this.#end.end(this.#error.error);
    this.#watchdog.over();
    this.#ready();
    this.#arrived?.();
  }
}
