/**
 * Restoring. The bytes may be hostile, so no announced size is trusted before as much has arrived. Containers
 * grow with what arrives, and every fault traps with a message that names the place.
 */
import { decimal } from "../decimal";
import { CHUNK, close, fail, MOST_AT_ONCE, open } from "./buffer";
import { read } from "./channel";
import { bucketsMask } from "./table";
import { decode } from "./wtf8";

/** No container here can hold more items or bytes. */
// @ts-ignore: decorator
@inline const MOST: i64 = 1 << 30;
/** Bytes of a run that are reserved before any has arrived, or as many as there is memory already. */
// @ts-ignore: decorator
@inline const TRUST: i32 = 1 << 20;
/** Items that are reserved before any of them has arrived. */
// @ts-ignore: decorator
@inline const FEW: i32 = 1 << 10;
/** The most items without bytes. */
// @ts-ignore: decorator
@inline const WEIGHTLESS: i32 = 1 << 20;

let chunk: usize = 0;
let at: usize = 0;
let end: usize = 0;

export function openSource(places: StaticArray<string>): void {
  chunk = open("restore", places);
  at = chunk;
  end = chunk;
}

/** Checks that all bytes were read. */
export function closeSource(place: u32): void {
  if (arrived(1)) fail(place, "bytes follow the end of the state");
  close(chunk);
}

/** Brings `bytes` bytes, at most a chunk, into the buffer. False when the state ends before. */
function arrived(bytes: usize): bool {
  if (end - at >= bytes) return true;
  memory.copy(chunk, at, end - at);
  end -= at - chunk;
  at = chunk;
  while (end - at < bytes) {
    const room = chunk + CHUNK - end;
    const count = more(end, room);
    if (count == 0) return false;
    end += count;
  }
  return true;
}

/** Asks the host for bytes. Returns how many came; 0 at the end. */
function more(to: usize, room: usize): usize {
  const count = read(to, room);
  if (count < 0 || <usize>count > room) {
    throw new Error("the host read " + decimal(count) + " bytes, wanted at most " + decimal(room));
  }
  return count;
}

function want(bytes: usize, place: u32): void {
  if (!arrived(bytes)) fail(place, "the state ends inside it");
}

function takeByte(place: u32): u32 {
  if (at == end) want(1, place);
  return load<u8>(at++);
}

/** A `long`: up to ten bytes, the last of which holds one bit. */
export function takeLong(place: u32): i64 {
  let byte = <u64>takeByte(place);
  let value = byte & 0x7f;
  let shift: u64 = 7;
  while (byte > 0x7f) {
    byte = <u64>takeByte(place);
    if (shift == 63 && byte > 1) fail(place, "found a number of more than 64 bits");
    value |= (byte & 0x7f) << shift;
    shift += 7;
  }
  return <i64>(value >> 1) ^ -(<i64>(value & 1));
}

function misfit(place: u32, value: i64, wanted: string): void {
  fail(place, "found " + decimal(value) + ", wanted " + wanted);
}

/** A bool, an integer that must fit its width (an unsigned one of 64 bits by its bits), or a float. */
export function take<T>(place: u32): T {
  if (isBoolean<T>()) {
    const byte = takeByte(place);
    if (byte > 1) misfit(place, byte, "a bool, 0 or 1");
    return <T>(byte != 0);
  }
  if (isFloat<T>()) {
    if (end - at < sizeof<T>()) want(sizeof<T>(), place);
    const value = load<T>(at);
    at += sizeof<T>();
    return value;
  }
  const value = takeLong(place);
  if (sizeof<T>() < 8 && <i64>(<T>value) != value) misfit(place, value, nameof<T>());
  return <T>value;
}

/** The index of a symbol or a branch. */
export function takeIndex(count: i32, what: string, place: u32): i32 {
  const index = takeLong(place);
  if (<u64>index >= <u64>count) misfit(place, index, what + " below " + decimal(count));
  return <i32>index;
}

/** Whether an optional value is there: branch 0 is null. */
export function takeBranch(place: u32): bool {
  return takeIndex(2, "a branch", place) == 1;
}

/**
 * The number of items in the next block, 0 after the last; checks that they fit together with the `have`
 * items before.
 */
export function takeBlock(have: i32, place: u32): i32 {
  let count = takeLong(place);
  if (count < 0) {
    // Avro's other form of a block: the negated number of items, then their size in bytes, for readers that
    // skip them.
    if (takeLong(place) < 0) fail(place, "found a block of less than no bytes");
    count = -count;
  }
  if (<u64>count > <u64>(MOST - have)) misfit(place, count, "at most " + decimal(MOST - have) + " items");
  return <i32>count;
}

/** The same for items without bytes, whose number the bytes that arrive do not limit. */
export function takeWeightless(have: i32, place: u32): i32 {
  const count = takeBlock(have, place);
  const all = have + count;
  if (all > WEIGHTLESS) misfit(place, all, "at most " + decimal(WEIGHTLESS) + " items without fields");
  return count;
}

/** The number of items to reserve when `have` are there and `claimed` are announced in all. */
export function reserve(have: i32, claimed: i32): i32 {
  return <i32>min<i64>(claimed, max<i64>(FEW, <i64>have << 2));
}

/** The capacity of a new map or set. */
// @ts-ignore: decorator
@inline const NEW: i32 = 4;

/** Makes room in a map for `entries` entries in all. */
export function reserveMap<K, V>(map: Map<K, V>, entries: i32): void {
  if (entries <= NEW) return;
  // @ts-ignore: private
  map.rehash(bucketsMask(entries));
}

export function reserveSet<T>(set: Set<T>, entries: i32): void {
  if (entries <= NEW) return;
  // @ts-ignore: private
  set.rehash(bucketsMask(entries));
}

/** Checks that all `taken` keys of a map or set of this `size` were different. */
export function distinct(size: i32, taken: i32, place: u32): void {
  if (size != taken) fail(place, "found a key twice");
}

function takeLength(place: u32): i32 {
  const length = takeLong(place);
  if (<u64>length > <u64>MOST) misfit(place, length, "at most " + decimal(MOST) + " bytes");
  return <i32>length;
}

function takeRun(length: i32, place: u32): ArrayBuffer {
  const trusted = <i64>max(<i64>TRUST, <i64>memory.size() << 16);
  let room = <i32>min(<i64>length, trusted);
  let run = new ArrayBuffer(room);
  for (let have = 0; have < length; ) {
    if (have == room) {
      room = <i32>min(<i64>length, <i64>room << 2);
      run = changetype<ArrayBuffer>(__renew(changetype<usize>(run), room));
    }
    const to = changetype<usize>(run) + have;
    const left = <usize>(room - have);
    if (at == end && left > CHUNK) {
      const count = more(to, min(left, MOST_AT_ONCE));
      if (count == 0) want(1, place);
      have += <i32>count;
      continue;
    }
    if (at == end) want(1, place);
    const part = min(end - at, left);
    memory.copy(to, at, part);
    at += part;
    have += <i32>part;
  }
  return run;
}

export function takeString(place: u32): string {
  const length = takeLength(place);
  let text: string | null;
  if (<usize>length <= CHUNK) {
    if (end - at < <usize>length) want(length, place);
    text = decode(at, at + length);
    at += length;
  } else {
    const run = takeRun(length, place);
    text = decode(changetype<usize>(run), changetype<usize>(run) + length);
  }
  if (text === null) fail(place, "found a string that is not UTF-8");
  return changetype<string>(text);
}

export function takeArrayBuffer(place: u32): ArrayBuffer {
  return takeRun(takeLength(place), place);
}

export function takeUint8Array(place: u32): Uint8Array {
  return view<Uint8Array>(takeArrayBuffer(place));
}

export function takeStaticArray(place: u32): StaticArray<u8> {
  const run = takeArrayBuffer(place);
  const bytes = new StaticArray<u8>(run.byteLength);
  memory.copy(changetype<usize>(bytes), changetype<usize>(run), run.byteLength);
  return bytes;
}

/** A typed array `A` of elements `T`. */
export function takeTyped<A, T>(place: u32): A {
  let room = 0;
  let length = 0;
  let run = new ArrayBuffer(0);
  for (let block = takeBlock(0, place); block > 0; block = takeBlock(length, place)) {
    for (const whole = length + block; length < whole; length++) {
      if (length == room) {
        room = reserve(length, whole);
        run = changetype<ArrayBuffer>(__renew(changetype<usize>(run), <usize>room * sizeof<T>()));
      }
      store<T>(changetype<usize>(run) + <usize>length * sizeof<T>(), take<T>(place));
    }
  }
  return view<A>(run);
}

/** A typed array over the whole of a buffer. */
function view<A>(run: ArrayBuffer): A {
  const made = changetype<A>(__new(offsetof<A>(), idof<A>()));
  hold(changetype<usize>(made), changetype<usize>(run), offsetof<ArrayBufferView>("buffer"));
  store<usize>(changetype<usize>(made), changetype<usize>(run), offsetof<ArrayBufferView>("dataStart"));
  store<i32>(changetype<usize>(made), run.byteLength, offsetof<ArrayBufferView>("byteLength"));
  return made;
}

/**
 * Assigns a reference to a field, which may be private or readonly, of an object that is itself held by a
 * local.
 */
// @ts-ignore: decorator
@inline export function hold(object: usize, value: usize, offset: usize): void {
  store<usize>(object + offset, value);
  __link(object, value, false);
}
