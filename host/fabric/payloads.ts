/**
 * Calls whose arguments and answers may be larger than a message: the caller's side (`outgoing`, `received`) and the
 * handler's (`taken`). The caller deletes both payloads; what a party that was killed left behind is gone by itself.
 */
import { PluginError } from "../errors.ts";
import { after, type Timers } from "../timer.ts";
import { drainedWithin } from "./drained-within.ts";
import type { Fabric, Message } from "./fabric.ts";
import { joined } from "./joined.ts";
import { MOST_PAYLOAD, type Payload, payloadMessage, payloadOf, putPayload, SALT } from "./payload.ts";
import { Room } from "./room.ts";

export interface PayloadsOptions {
  /** Bytes that what comes may take: the arguments of a call, or its answer. */
  readonly maxBytes: number;
  readonly timers: Timers;
}

/** A call, as its caller has it. */
export interface Calling {
  /** `could not call room.say` */
  readonly could: string;
  /** When its time is up. */
  readonly due: number;
}

/** What is beside a value: the name of a function, a key. */
const BESIDE = 2 ** 15;
/** How many of the largest are held at a time by those who answer calls. */
const HELD = 4;
/** Milliseconds that a caller waits at most until a payload of its own is deleted. */
const DELETING = 1_000;

/** What is said of the two ways. */
interface Way {
  readonly what: string;
  readonly takes: string;
  readonly ran: string;
}
const ASKED: Way = { what: "the arguments", takes: "its arguments take", ran: "it was not called" };
const ANSWERED: Way = { what: "the answer", takes: "its answer has", ran: "it was called" };

export class Payloads {
  readonly #fabric: Fabric;
  readonly #options: PayloadsOptions;
  readonly #most: number;
  readonly #room: Room;

  constructor(fabric: Fabric, options: PayloadsOptions) {
    this.#fabric = fabric;
    this.#options = options;
    this.#most = Math.min(options.maxBytes + BESIDE, MOST_PAYLOAD) + SALT;
    this.#room = new Room(HELD * this.#most);
  }

  /** The arguments of a call on their way, however often they are sent. It has to be ended. */
  outgoing(calling: Calling): Outgoing {
    return new Outgoing(this.#fabric, calling, this.#options.timers);
  }

  /**
   * The bytes of an answer, whose payload is deleted then.
   *
   * @throws PluginError `too-large`, `bad-peer`, `integrity`, `deadline`; those of the fabric
   */
  async received(answer: Message, { could, due }: Calling): Promise<Uint8Array> {
    const payload = payloadOf(answer, could, ANSWERED.what);
    if (!payload) return answer.bytes;
    const { timers } = this.#options;
    try {
      const late = () => lateError(could, ANSWERED, `could not be fetched from ${this.#fabric.shown}`);
      return await inTime(this.#fetched(answer, payload, could, ANSWERED), { due, timers, late });
    } finally {
      await deleted(this.#fabric, payload);
    }
  }

  /**
   * Answers a message whose arguments may be a payload with what may have to be one.
   *
   * @param signal fires when nobody waits for the answer any more
   * @throws PluginError `too-large`, `bad-peer`, `integrity`, `queue-full`; those of the fabric and of `answer`
   */
  async taken(
    message: Message,
    { could, signal }: { readonly could: string; readonly signal: AbortSignal },
    answer: (bytes: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Message> {
    const payload = payloadOf(message, could, ASKED.what);
    if (!payload) return this.#answered(await answer(message.bytes), could, signal);
    this.#check(payload, could, ASKED);
    const leave = await this.#room.enter(payload.size, could, signal);
    try {
      const bytes = await this.#fetched(message, payload, could, ASKED);
      signal.throwIfAborted();
      return await this.#answered(await answer(bytes), could, signal);
    } finally {
      leave();
    }
  }

  async #answered(bytes: Uint8Array, could: string, signal: AbortSignal): Promise<Message> {
    if (bytes.length <= this.#fabric.maxMessageBytes) return { bytes };
    const payload = await put(this.#fabric, bytes, could, ANSWERED);
    // Nobody else would.
    if (signal.aborted) await deleted(this.#fabric, payload);
    return payloadMessage(payload);
  }

  /** Before anything is fetched. @throws PluginError `too-large` */
  #check({ size }: Payload, could: string, { takes, ran }: Way): void {
    if (size <= this.#most) return;
    const why = `${takes} ${size - SALT} bytes, wanted at most ${this.#options.maxBytes} (maxBytes)`;
    throw new PluginError("too-large", `${could}: ${why}; ${ran}`);
  }

  async #fetched({ bytes: head }: Message, payload: Payload, could: string, way: Way): Promise<Uint8Array> {
    const { digest, size } = payload;
    const { shown, payloads } = this.#fabric;
    this.#check(payload, could, way);
    const refuse = (code: PluginError["code"], why: string, cause?: unknown) =>
      new PluginError(code, `${could}: ${way.what} could not be fetched: ${why}; ${way.ran}`, { cause });
    let blob: Uint8Array | undefined;
    try {
      blob = await payloads.get(digest, size);
    } catch (cause) {
      if (!(cause instanceof PluginError)) throw cause;
      throw refuse(cause.code, cause.rawMessage, cause);
    }
    if (!blob) throw refuse("bad-peer", `there is no blob ${digest} in ${shown}`);
    if (blob.length !== size)
      throw refuse(
        "bad-peer",
        `the blob ${digest} has ${blob.length} bytes, wanted the ${size} that were said`,
      );
    const own = blob.subarray(0, size - SALT);
    if (head.length === 0) return own;
    return joined([head, own]);
  }
}

/** The arguments of one call: what was put for them is sent again, and deleted at the end. */
export class Outgoing {
  readonly #fabric: Fabric;
  readonly #calling: Calling;
  readonly #timers: Timers;
  #put: { readonly bytes: Uint8Array; readonly payload: Payload } | undefined;

  constructor(fabric: Fabric, calling: Calling, timers: Timers) {
    this.#fabric = fabric;
    this.#calling = calling;
    this.#timers = timers;
  }

  /**
   * @param head is in the message itself, in front of the bytes
   * @throws PluginError `too-large`, `deadline`: nothing was called; those of the fabric
   */
  async message(bytes: Uint8Array, head?: Uint8Array): Promise<Message> {
    if (bytes.length + (head?.length ?? 0) <= this.#fabric.maxMessageBytes)
      return { bytes: head ? joined([head, bytes]) : bytes };
    if (!this.#put || !isSame(this.#put.bytes, bytes)) {
      await this.end();
      this.#put = { bytes, payload: await this.#payload(bytes) };
    }
    return payloadMessage(this.#put.payload, head);
  }

  async end(): Promise<void> {
    const { payload } = this.#put ?? {};
    this.#put = undefined;
    if (payload) await deleted(this.#fabric, payload);
  }

  async #payload(bytes: Uint8Array): Promise<Payload> {
    const { could, due } = this.#calling;
    const putting = put(this.#fabric, bytes, could, ASKED);
    const late = () => {
      // It may come to lie there yet.
      void putting.then((payload) => deleted(this.#fabric, payload)).catch(() => {});
      return lateError(could, ASKED, `could not be put into ${this.#fabric.shown}`);
    };
    return inTime(putting, { due, timers: this.#timers, late });
  }
}

async function put(fabric: Fabric, bytes: Uint8Array, could: string, { takes, ran }: Way): Promise<Payload> {
  const { shown } = fabric;
  const found = `${takes} ${bytes.length} bytes`;
  if (bytes.length > MOST_PAYLOAD)
    throw new PluginError("too-large", `${could}: ${found}; at most ${MOST_PAYLOAD} cross ${shown}; ${ran}`);
  try {
    return await putPayload(fabric, bytes);
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause;
    const why = `${found}, and could not be put into ${shown}: ${cause.rawMessage}`;
    throw new PluginError(cause.code, `${could}: ${why}; ${ran}`, { cause });
  }
}

/** Where that is not possible, it is gone by itself. */
async function deleted({ payloads }: Fabric, { digest }: Payload): Promise<void> {
  await drainedWithin(
    DELETING,
    payloads.delete(digest).catch(() => {}),
  );
}

interface InTime {
  readonly due: number;
  readonly timers: Timers;
  readonly late: () => PluginError;
}

async function inTime<T>(work: Promise<T>, { due, timers, late }: InTime): Promise<T> {
  let clear = () => {};
  const over = new Promise<never>((_, reject) => {
    const left = Math.max(0, due - timers.now());
    clear = after(left, () => reject(late()), { name: "timeout", timers });
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clear();
  }
}

function lateError(could: string, { what, ran }: Way, how: string): PluginError {
  return new PluginError("deadline", `${could}: ${what} ${how} in time (timeout); ${ran}`);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
