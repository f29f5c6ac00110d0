/** `state.ts` without moult, as written by hand: bytes out of the old instance, bytes into the new one. */
export const Uint8Array_ID = idof<Uint8Array>();

let bytes = new Uint8Array(0);
let entries = new Map<string, i64>();

export function fill(size: u32): void {
  bytes = new Uint8Array(size);
  for (let i: u32 = 0; i < size; i += 4096) bytes[i] = <u8>(i >> 12);
}

export function enter(count: u32): void {
  for (let i: u32 = 0; i < count; i++) entries.set("entry " + i.toString(), i);
}

export function size(): u32 {
  return bytes.length + entries.size;
}

export function bytesOf(): Uint8Array {
  return bytes;
}

export function takeBytes(given: Uint8Array): void {
  bytes = given;
}

/** Each entry: the number of bytes of its key, the key, its value. */
export function saveEntries(): Uint8Array {
  const keys = entries.keys();
  const values = entries.values();
  let size: i32 = 0;
  for (let i = 0; i < keys.length; i++) size += 12 + (keys[i].length << 1);
  const saved = new Uint8Array(size);
  let at = saved.dataStart;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const length = <usize>key.length << 1;
    store<u32>(at, <u32>length);
    memory.copy(at + 4, changetype<usize>(key), length);
    store<i64>(at + 4 + length, values[i]);
    at += 12 + length;
  }
  return saved;
}

export function restoreEntries(saved: Uint8Array): void {
  entries = new Map();
  let at = saved.dataStart;
  const end = at + saved.length;
  while (at < end) {
    const length = load<u32>(at);
    const key = String.UTF16.decodeUnsafe(at + 4, length);
    entries.set(key, load<i64>(at + 4 + length));
    at += 12 + length;
  }
}
