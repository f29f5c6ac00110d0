/** Frames that go together: each after its length, in four bytes, little-endian. */

import { LENGTH, Misframed } from "./frame.ts";

/** Frames of one turn, which go out together. */
export class Packed {
  readonly #send: (whole: Uint8Array<ArrayBuffer>, taken: () => void) => void;
  readonly #soon: (flush: () => void) => void;
  #frames: Uint8Array<ArrayBuffer>[] = [];
  #taken: (() => void)[] = [];
  #size = 0;

  /** @param soon runs what it is given when the turn ends */
  constructor(
    send: (whole: Uint8Array<ArrayBuffer>, taken: () => void) => void,
    soon: (flush: () => void) => void,
  ) {
    this.#send = send;
    this.#soon = soon;
  }

  /** @param frame as `writeFrame` made it */
  add(frame: Uint8Array<ArrayBuffer>, taken?: () => void): void {
    if (this.#frames.push(frame) === 1) this.#soon(() => this.flush());
    if (taken) this.#taken.push(taken);
    this.#size += frame.buffer.byteLength;
  }

  flush(): void {
    const [frames, taken, size] = [this.#frames, this.#taken, this.#size];
    if (frames.length === 0) return;
    [this.#frames, this.#taken, this.#size] = [[], [], 0];
    this.#send(joined(frames, size), () => {
      for (const each of taken) each();
    });
  }

  /** Tells of frames that were never sent. */
  drop(): void {
    this.#frames = [];
    this.#size = 0;
    for (const each of this.#taken.splice(0)) each();
  }
}

function joined(frames: readonly Uint8Array<ArrayBuffer>[], size: number): Uint8Array<ArrayBuffer> {
  // The bytes of one alone are there already.
  if (frames.length === 1) return new Uint8Array(frames[0]!.buffer);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const { buffer } of frames) {
    whole.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return whole;
}

/** The frames of a message. The last is a Misframed where they do not end with it. */
export function* unpacked(bytes: Uint8Array): Generator<Uint8Array | Misframed> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const from = at + LENGTH;
    at = from <= bytes.length ? from + view.getUint32(at, true) : from;
    yield at <= bytes.length ? bytes.subarray(from, at) : new Misframed("it is cut off");
  }
}
