/** An instance that a server runs for a plugin elsewhere: in a thread, stopped when its time is up. */
import { PluginError, reason } from "../../errors.ts";
import type { Deadline } from "../../limits.ts";
import { type Bulk, bulkOf, bytesOf, type SentImage } from "../../worker/bulk.ts";
import type { Hosting } from "../../worker/hosting.ts";
import type { InstanceOrder, Order } from "../../worker/orders.ts";
import { toSend } from "../../worker/sent-error.ts";
import { Kind, type Message, message } from "../../worker/wire.ts";
import { type Making, readOrder, type SentAnswer, type SentOrder } from "./facts.ts";
import { GONE, readParts, type Said, writeHeard, writeParts } from "./frame.ts";
import type { HeldImages } from "./held-images.ts";

export interface HousedOptions {
  readonly hosting: Hosting;
  readonly images: HeldImages;
  /** Milliseconds that its guest may have, at most. */
  readonly deadline: Deadline;
  /** Bytes that its server allows, at most. */
  readonly maxStateBytes: number;
  readonly maxValueBytes: number;
  readonly maxPages: number | undefined;
  /** Called once, when it has ended by itself. */
  readonly ended: () => void;
}

type Frame = Uint8Array<ArrayBuffer>;

/** Bytes of an answer that is kept, to be told again to a plugin whose connection broke off. */
const MOST_KEPT = 65_536;
const ENCODER = new TextEncoder();

export class HousedInstance {
  readonly #options: HousedOptions;
  /** The number of the last frame, and what is answered to it. */
  #number = 0;
  #heard: Promise<Frame | undefined> = Promise.resolve(undefined);
  #tell: ((frame: Frame) => void) | undefined;
  /** Takes the answer to what the guest asked. */
  #answer: ((answer: Message) => void) | undefined;
  #over = false;

  constructor(options: HousedOptions) {
    this.#options = options;
  }

  /**
   * Takes a frame.
   *
   * @returns the guest's next one; nothing where it was told before and is not kept
   * @throws PluginError `argument` for a frame that is not the next one, or the last one again
   */
  exchange(said: Said): Promise<Frame | undefined> {
    if (said.number === this.#number && said.number > 0) return this.#heard;
    if (said.number !== this.#number + 1)
      throw unexpected(`frame ${said.number}, wanted ${this.#number + 1}`);
    const answers = said.kind === Kind.answer || said.kind === Kind.refused;
    if (this.#tell) throw unexpected(`frame ${said.number} before frame ${this.#number} was answered`);
    if (answers !== (this.#answer !== undefined))
      throw unexpected(answers ? "an answer to no question" : "no answer to a question");
    const begin = answers ? undefined : this.#begun(said);
    this.#number = said.number;
    const heard = new Promise<Frame>((resolve) => {
      this.#tell = resolve;
    });
    // A large one is told once.
    this.#heard = heard.then((frame) => {
      if (frame.length > MOST_KEPT) this.#heard = Promise.resolve(undefined);
      return frame;
    });
    const own = this.#heard;
    if (begin) void begin();
    else {
      const answer = this.#answer!;
      this.#answer = undefined;
      answer(message(said.kind, said.about, said.bytes));
    }
    return own;
  }

  /** Ends it, whatever runs in it. */
  end(why: string): Promise<void> {
    const { hosting, images } = this.#options;
    this.#over = true;
    images.dropOf(this);
    this.#say(goneFrame(new Error(why), true));
    return hosting.end(new Error(why));
  }

  /** What a call or an order does. @throws PluginError `argument` */
  #begun(said: Said): () => Promise<void> {
    const { hosting, deadline } = this.#options;
    const terms = {
      what: said.what,
      milliseconds: Math.min(said.milliseconds, deadline[said.what]),
      answer: (asked: Message) => this.#ask(asked),
    };
    if (said.kind !== Kind.order) {
      // The bytes are the request's own, which goes on.
      const call = message(said.kind, said.about, said.bytes);
      return () => this.#done(async () => this.#frame(await hosting.call(call, terms)));
    }
    const parts = readParts(said.bytes);
    const sent = parts && readOrder(parts.facts);
    if (!sent) throw unexpected("an order that is none");
    const order = this.#order(sent, parts.bulk);
    return () =>
      this.#done(async () => {
        const answer = await this.#obeyed(() => hosting.order<unknown>(order, terms), sent);
        return this.#frame(message(Kind.done, 0, answer));
      });
  }

  async #done(work: () => Promise<Frame>): Promise<void> {
    let frame: Frame;
    try {
      frame = await work();
    } catch (error) {
      frame = goneFrame(error, false);
      this.#gone();
    }
    this.#say(frame);
  }

  /** @throws what ended the thread */
  async #obeyed(obey: () => Promise<unknown>, sent: SentOrder): Promise<Frame> {
    const { hosting, images } = this.#options;
    try {
      const result = await obey();
      const facts = hosting.facts!;
      if ("save" in sent)
        return writeParts({ facts, saved: true } satisfies SentAnswer, bytesOf(result as Bulk));
      if (!("do" in sent) || sent.do !== "image") return writeParts({ facts } satisfies SentAnswer);
      const held = images.hold(result as SentImage, this);
      return writeParts({ facts, held } satisfies SentAnswer);
    } catch (error) {
      if (hosting.ended !== undefined) throw error;
      return writeParts({ failed: toSend(error), facts: hosting.facts });
    }
  }

  #order(sent: SentOrder, bulk: Uint8Array): Order<SentImage> {
    if ("make" in sent) return { make: this.#making(sent.make) };
    if ("restore" in sent) return { restore: bulkOf(bulk) };
    if (!("become" in sent)) return sent;
    const become = this.#options.images.get(sent.become.held);
    if (!become) throw unexpected("an image that is not held");
    return { become };
  }

  #making(making: Making): InstanceOrder {
    const { maxStateBytes, maxValueBytes, maxPages } = this.#options;
    const least = (given: number | null | undefined, most: number) => Math.min(given ?? most, most);
    return {
      ...making,
      pages: making.pages,
      way: making.way,
      maxStateBytes: least(making.maxStateBytes, maxStateBytes),
      maxValueBytes: least(making.maxValueBytes, maxValueBytes),
      maxPages: maxPages ?? making.maxPages,
    };
  }

  /** The guest asks: its plugin answers with the next frame. */
  #ask(asked: Message): Promise<Message> {
    if (this.#over) return Promise.resolve(message(Kind.refused));
    const answered = new Promise<Message>((resolve) => {
      this.#answer = resolve;
    });
    this.#say(this.#frame(asked));
    return answered;
  }

  #frame({ kind, about, bytes }: Message): Frame {
    return writeHeard({ kind, about, bytes, fuelUsed: this.#options.hosting.fuelUsed });
  }

  #say(frame: Frame): void {
    const tell = this.#tell;
    this.#tell = undefined;
    tell?.(frame);
  }

  #gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.images.dropOf(this);
    this.#options.ended();
  }
}

/** @param lost it ended for a reason of its server, and not by its own doing */
function goneFrame(error: unknown, lost: boolean): Frame {
  const json = JSON.stringify({ error: toSend(error), why: reason(error).slice(0, 1_000), lost });
  return writeHeard({ kind: GONE, about: 0, fuelUsed: undefined, bytes: ENCODER.encode(json) });
}

function unexpected(found: string): PluginError {
  return new PluginError("argument", `could not go on with an instance: found ${found}`);
}
