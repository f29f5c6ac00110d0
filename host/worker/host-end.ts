/** The host's end of the wire. The host never blocks: it is told when it has its turn. */
import { turn } from "../awaitable.ts";
import { Spin } from "./spin.ts";
import { HOST, Kind, type Message, message, Pieces, THREAD, TURN, Wire } from "./wire.ts";

/** Where the engine has it: waits without blocking. */
type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { readonly async: boolean; readonly value: PromiseLike<string> | string };

const waitAsync = (Atomics as { readonly waitAsync?: WaitAsync }).waitAsync;

/** Whether the host can wait for the memory; else the thread has to post a message. */
export const WAITS = waitAsync !== undefined;

/** Milliseconds that the host may look for an answer, instead of waiting: it is not blocked for what anybody notices. */
const SPIN = 0.1;
/** Answers that come in a row without a turn of the event loop. */
const ROW = 64;

/** Called when the turn changes, so that the thread's time can be counted. */
export interface Turns {
  /** The thread has its turn. */
  begin(): void;
  /** The host has its turn. */
  end(): void;
}

/** The host's end of what it has in common with a thread. */
export interface HostSide {
  /** Units of fuel that the last entry took. */
  readonly fuelUsed: number | undefined;
  /** Sends a message, and waits for the one that follows. */
  exchange(said: Message): Promise<Message>;
  /** Looks whether the host has its turn. */
  look(): void;
  /** The thread's time is up. @param late called unless the host has its turn after all */
  overdue(late: () => void): void;
  /** Nothing comes any more: what waits fails with the error. */
  end(error: unknown): void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class HostEnd implements HostSide {
  readonly wire: Wire;
  readonly #turns: Turns;
  readonly #spin: Spin;
  #row = 0;
  #waiting: Waiting | undefined;
  #ended: { readonly error: unknown } | undefined;

  constructor(memory: SharedArrayBuffer, turns: Turns) {
    this.wire = new Wire(memory);
    this.#turns = turns;
    this.#spin = new Spin(this.wire.header, SPIN);
  }

  /** Whether the host has its turn: what it waits for has come. */
  get hasTurn(): boolean {
    return Atomics.load(this.wire.header, TURN) === HOST;
  }

  get fuelUsed(): number | undefined {
    return this.wire.fuelUsed;
  }

  overdue(late: () => void): void {
    // This thread may have been busy, and what it waits for have come meanwhile.
    if (this.hasTurn) this.look();
    else late();
  }

  exchange(said: Message): Promise<Message> {
    const at = this.wire.write(said, 0);
    const turn = this.#over();
    return at < said.bytes.length ? this.#rest(said, at, turn) : turn.then(() => this.#received());
  }

  async #rest(said: Message, from: number, turn: Promise<void>): Promise<Message> {
    await turn;
    let at = from;
    while (at < said.bytes.length) {
      at = this.wire.write(said, at);
      await this.#over();
    }
    return this.#received();
  }

  #received(): Message | Promise<Message> {
    const first = this.wire.read();
    return first.bytes.length === this.wire.size ? first : this.#pieces(first);
  }

  async #pieces(first: Message): Promise<Message> {
    const { kind, about } = first;
    const pieces = new Pieces(this.wire.size);
    pieces.add(first);
    while (!pieces.complete) {
      this.wire.write(message(Kind.more), 0);
      await this.#over();
      pieces.add(this.wire.read());
    }
    return { kind, about, bytes: pieces.bytes };
  }

  look(): void {
    const waiting = this.#waiting;
    if (!waiting || !this.hasTurn) return;
    this.#waiting = undefined;
    this.#turns.end();
    this.#spin.came();
    waiting.resolve();
  }

  end(error: unknown): void {
    this.#ended ??= { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#turns.end();
    // A thread that has ended wakes nobody, and the engine keeps the memory for as long as somebody waits for it.
    Atomics.notify(this.wire.header, TURN);
    waiting?.reject(error);
  }

  /** The thread has its turn. @returns resolves when the host has it again */
  async #over(): Promise<void> {
    if (this.#ended) throw this.#ended.error;
    const { header } = this.wire;
    Atomics.store(header, TURN, THREAD);
    Atomics.notify(header, TURN);
    if (!this.#spin.ends(THREAD)) return this.#comes();
    // Who awaits one small call after another lets the rest of the program go on, too.
    if (++this.#row % ROW === 0) await turn();
  }

  #comes(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#turns.begin();
      this.#wait(this.#waiting);
    });
  }

  #wait(waiting: Waiting): void {
    if (!waitAsync) return;
    const { async, value } = waitAsync(this.wire.header, TURN, THREAD);
    const woken = () => {
      if (this.#waiting !== waiting) return;
      // The thread writes first and wakes then: what was written before may have been seen already, and answered.
      if (this.hasTurn) this.look();
      else this.#wait(waiting);
    };
    if (async) void (value as PromiseLike<string>).then(woken);
    else woken();
  }
}
