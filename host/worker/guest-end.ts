/** The thread's end of the wire: it blocks until it has its turn, so that a guest can wait for its host. */
import { HOST, Kind, type Message, message, Pieces, THREAD, TURN, Wire } from "./wire.ts";

export class GuestEnd {
  readonly wire: Wire;
  readonly #told: (() => void) | undefined;

  /** @param told called when the host has its turn, for a host that cannot wait for the memory */
  constructor(memory: SharedArrayBuffer, told: (() => void) | undefined) {
    this.wire = new Wire(memory);
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
    while (Atomics.load(header, TURN) !== THREAD) Atomics.wait(header, TURN, HOST);
  }

  /** The host has its turn. */
  #over(): void {
    const { header } = this.wire;
    Atomics.store(header, TURN, HOST);
    Atomics.notify(header, TURN);
    this.#told?.();
  }
}
