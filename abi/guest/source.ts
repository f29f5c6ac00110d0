// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "read")
declare function read(at: usize, max: i32): i32;

/** The host gives at most so much at a time. */
const CHUNK: i32 = 1 << 20;

/** Where a `restore` written by hand finds the state that `save` put into its `Sink`. */
export class Source {
  /** Gives the next bytes: at least one and at most `max`, or none when all is read. */
  read(max: i32): Uint8Array {
    const bytes = new Uint8Array(min(max, CHUNK));
    const length = bytes.length == 0 ? 0 : read(bytes.dataStart, bytes.length);
    return length == bytes.length ? bytes : bytes.slice(0, length);
  }
}
