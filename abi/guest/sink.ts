// @ts-ignore: decorator
@external("moult:plugin/state@1.0.0", "write")
declare function write(at: usize, length: i32): i32;

/** More at a time is sent in parts. */
const CHUNK: i32 = 1 << 20;

/** Where a `save` written by hand puts the plugin's state. */
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
