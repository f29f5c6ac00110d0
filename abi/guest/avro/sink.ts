/**
 * Saving. Nothing here allocates a managed object, so no collection can run, and the generated code may hold
 * plain pointers: the walk needs no shadow stack, and no memory but the chunk and the notes of `met`.
 */
import {
  accuse,
  again,
  CHUNK,
  close,
  end as endMessage,
  fail,
  MOST_AT_ONCE,
  open,
  say,
  sayNumber,
  stop,
  stopped,
} from "./buffer";
import { isInside, write } from "./channel";
import { closeMet, count, met, metTwice, numberOf, openMet, seek, seeking } from "./met";
import { byteLength, encode, encodeAscii } from "./wtf8";

/** Units of text encoded at a time; each needs three bytes at most. */
// @ts-ignore: decorator
@inline const UNITS: usize = 1 << 14;
/** The longest number: 64 bits, seven in each byte. */
// @ts-ignore: decorator
@inline const LONG: usize = 10;

let chunk: usize = 0;
let at: usize = 0;
let end: usize = 0;

export function openSink(places: StaticArray<string>): void {
  chunk = open(isInside() ? "restore" : "save", places);
  at = chunk;
  end = chunk + CHUNK;
  openMet();
}

/** Whether the walk has to be repeated, to find where an object that was met twice was met first. */
export function astray(): bool {
  if (!metTwice()) return false;
  seek();
  again();
  return true;
}

/** Sends the remaining bytes. Returns 1, or 0 when the host stopped it. */
export function closeSink(): i32 {
  flush();
  closeMet();
  close(chunk);
  return i32(!stopped);
}

function flush(): void {
  if (at > chunk) send(chunk, at - chunk);
  at = chunk;
}

function send(from: usize, bytes: usize): void {
  if (!stopped && !seeking && write(from, bytes) == 0) stop();
}

/** Makes room for `bytes` bytes, at most a chunk. */
// @ts-ignore: decorator
@inline function room(bytes: usize): void {
  if (end - at < bytes) flush();
}

/** An `int` or `long`: zigzag, then seven bits in each byte. */
export function putLong(value: i64): void {
  room(LONG);
  let to = at;
  let rest = <u64>((value << 1) ^ (value >> 63));
  while (rest > 0x7f) {
    store<u8>(to++, <u8>(rest | 0x80));
    rest >>= 7;
  }
  store<u8>(to, <u8>rest);
  at = to + 1;
}

/** A bool, an integer of any width (an unsigned one of 64 bits by its bits), or a float. */
export function put<T>(value: T): void {
  if (isBoolean<T>()) {
    room(1);
    store<u8>(at++, <u8>value);
  } else if (isFloat<T>()) {
    room(sizeof<T>());
    store<T>(at, value);
    at += sizeof<T>();
  } else {
    putLong(<i64>value);
  }
}

/** The index of an enum's symbol. */
export function putSymbol(symbol: i32, symbols: i32, place: u32): void {
  if (<u32>symbol >= <u32>symbols) {
    accuse(place);
    say("the enum has no member of value ");
    sayNumber(symbol);
    endMessage();
  }
  putLong(symbol);
}

/** Whether an optional value is there: branch 0 is null. */
export function putBranch(there: bool): void {
  room(1);
  store<u8>(at++, there ? 2 : 0);
}

/** The header of the next block of a list whose end is unknown: how many more objects have numbers by now. */
export function putListed(done: i32): i32 {
  putLong(count - done);
  return count;
}

/** A reference that must not be null: a field marked `!`, or a hole in an array, can be null all the same. */
// @ts-ignore: decorator
@inline export function held(pointer: usize, place: u32): usize {
  if (pointer == 0) fail(place, "found nothing; was it ever assigned?");
  return pointer;
}

/** A reference to an object of a `@shared` class: its number. */
export function putNumber(pointer: usize, place: u32): void {
  putLong(numberOf(held(pointer, place)));
}

export function putString(pointer: usize, place: u32): void {
  held(pointer, place);
  const units = <usize>changetype<string>(pointer).length;
  const last = pointer + (units << 1);
  if (units > UNITS) return putText(pointer, last);
  room(LONG + 3 * units);
  const start = at;
  putLong(units);
  const reached = encodeAscii(pointer, last, at);
  if (reached == last) {
    at += units;
    return;
  }
  at = start;
  putLong(byteLength(pointer, units));
  at = encode(pointer, last, at);
}

/** A text of any length, in runs that split no surrogate pair. */
function putText(from: usize, last: usize): void {
  putLong(byteLength(from, (last - from) >> 1));
  while (from < last) {
    let stop = min(from + (UNITS << 1), last);
    if (stop < last && (load<u16>(stop - 2) & 0xfc00) == 0xd800) stop -= 2;
    room(3 * UNITS);
    at = encode(from, stop, at);
    from = stop;
  }
}

function putRun(from: usize, bytes: usize): void {
  putLong(bytes);
  if (bytes > CHUNK) flush();
  while (bytes > CHUNK && !stopped) {
    const run = min(bytes, MOST_AT_ONCE);
    send(from, run);
    from += run;
    bytes -= run;
  }
  while (bytes > 0 && !stopped) {
    room(1);
    const run = min(bytes, end - at);
    memory.copy(at, from, run);
    at += run;
    from += run;
    bytes -= run;
  }
}

export function putUint8Array(pointer: usize, place: u32, what: u32): void {
  if (metBuffer(viewed(held(pointer, place)), place, what)) return;
  putRun(start(pointer), changetype<Uint8Array>(pointer).byteLength);
}

export function putArrayBuffer(pointer: usize, place: u32, what: u32): void {
  if (metBuffer(held(pointer, place), place, what)) return;
  putRun(pointer, changetype<ArrayBuffer>(pointer).byteLength);
}

export function putStaticArray(pointer: usize, place: u32, what: u32): void {
  if (metBuffer(held(pointer, place), place, what)) return;
  putRun(pointer, changetype<StaticArray<u8>>(pointer).length);
}

/** The buffer of a typed array: two arrays over one buffer are an object met twice. */
// @ts-ignore: decorator
@inline function viewed(pointer: usize): usize {
  return load<usize>(pointer, offsetof<ArrayBufferView>("buffer"));
}

/** A buffer without bytes has nothing that could change, so it may be met any number of times. */
// @ts-ignore: decorator
@inline function metBuffer(buffer: usize, place: u32, what: u32): bool {
  return changetype<ArrayBuffer>(buffer).byteLength > 0 && met(buffer, place, what);
}

/** Where a typed array's or an array's elements lie. */
// @ts-ignore: decorator
@inline export function start(pointer: usize): usize {
  return load<usize>(pointer, offsetof<ArrayBufferView>("dataStart"));
}

/** A typed array of `T`, as an array. */
export function putTyped<T>(pointer: usize, place: u32, what: u32): void {
  if (metBuffer(viewed(held(pointer, place)), place, what)) return;
  let from = start(pointer);
  const last = from + changetype<Uint8Array>(pointer).byteLength;
  if (from == last) return putLong(0);
  putLong((last - from) / sizeof<T>());
  for (; from < last && !stopped; from += sizeof<T>()) put<T>(load<T>(from));
  putLong(0);
}
