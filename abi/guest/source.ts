// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "read")
declare function read(at: usize, max: i32): i32;

/** The host gives at most this many bytes at a time. */
const CHUNK: i32 = 1 << 20;

/** Gives a `restore` that is written by hand the state that `save` wrote to its `Sink`. */
export class Source {
  /** Reads the next bytes: at least one and at most `max`, or none at the end. */
  read(max: i32): Uint8Array {
    const bytes = new Uint8Array(min(max, CHUNK));
    const length = bytes.length == 0 ? 0 : read(bytes.dataStart, bytes.length);
    return length == bytes.length ? bytes : bytes.slice(0, length);
  }
}
