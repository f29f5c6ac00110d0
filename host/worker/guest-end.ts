/** The thread's end of the wire: it blocks until it has its turn, so that a guest can wait for its host. */
import { Spin } from "./spin.ts";
import { HOST, Kind, type Message, message, Pieces, THREAD, TURN, Wire } from "./wire.ts";

/** Milliseconds: some more than the host takes to wake up, and to go on with its next call. */
const SPIN = 0.1;

export class GuestEnd {
  readonly wire: Wire;
  readonly #spin: Spin;
  readonly #told: (() => void) | undefined;

  /** @param told called when the host has its turn, for a host that cannot wait for the memory */
  constructor(memory: SharedArrayBuffer, told: (() => void) | undefined) {
    this.wire = new Wire(memory);
    this.#spin = new Spin(this.wire.header, SPIN);
    this.#told = told;
  }

  /** Waits for the next message. */
  receive(): Message {
    this.#wait();
    const first = this.wire.read();
    const { size } = this.wire;
    if (first.bytes.length === size) return first;
    const { kind, about } = first;
    const pieces = new Pieces(size);
    pieces.add(first);
    while (!pieces.complete) {
      this.wire.write(message(Kind.more), 0);
      this.#over();
      this.#wait();
      pieces.add(this.wire.read());
    }
    return { kind, about, bytes: pieces.bytes };
  }

  send(said: Message): void {
    let at = this.wire.write(said, 0);
    this.#over();
    while (at < said.bytes.length) {
      this.#wait();
      at = this.wire.write(said, at);
      this.#over();
    }
  }

  #wait(): void {
    const { header } = this.wire;
    if (this.#spin.ends(HOST)) return;
    while (Atomics.load(header, TURN) !== THREAD) Atomics.wait(header, TURN, HOST);
    this.#spin.came();
  }

  /** The host has its turn. */
  #over(): void {
    const { header } = this.wire;
    Atomics.store(header, TURN, HOST);
    Atomics.notify(header, TURN);
    this.#told?.();
  }
}
