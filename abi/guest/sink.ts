// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "write")
declare function write(at: usize, length: i32): i32;

/** Larger writes are sent in parts. */
const CHUNK: i32 = 1 << 20;

/** Takes the plugin's state from a `save` that is written by hand. */
export class Sink {
  /** Sends bytes. `false` means that the host wants no more: return `false` from `save` at once. */
  write(bytes: Uint8Array): bool {
    let at = bytes.dataStart;
    let left = bytes.length;
    while (left > 0) {
      const length = min(left, CHUNK);
      if (!write(at, length)) return false;
      at += length;
      left -= length;
    }
    return true;
  }
}
