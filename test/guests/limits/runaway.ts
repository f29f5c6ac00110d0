/** Runs away wherever it was told to, and takes memory as long as it gets any. */
import { Sink, Source } from "moult/guest";

const IN_SAVE: u32 = 1;
const IN_RESTORE: u32 = 2;
const IN_ON_RESTORE: u32 = 3;
const IN_CHECK: u32 = 4;
const IN_STOP: u32 = 5;
/** There it works, and ends. */
const AT_STOP: u32 = 6;

let place: u32 = 0;
let turns: u32 = 0;
const hoard: StaticArray<u8>[] = [];

function endless(): void {
  while (true) turns++;
}

/** From now on it runs away there. */
export function arm(at: u32): void {
  place = at;
}

/** Where that is. */
export function armed(): u32 {
  return place;
}

export function spin(): void {
  endless();
}

export function recurse(depth: u32): u32 {
  return depth == 0 ? 0 : recurse(depth - 1) + 1;
}

/** Exponential, without a loop. */
export function fib(n: u32): u32 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/** A loop of so many rounds. */
export function work(rounds: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < rounds; i++) sum = (sum * 31) ^ i;
  return sum;
}

/** Copies a megabyte so many times. */
export function copy(times: u32): u32 {
  const bytes = new Uint8Array(1 << 20);
  for (let i: u32 = 0; i < times; i++) memory.copy(bytes.dataStart + 1, bytes.dataStart, (1 << 20) - 1);
  return bytes[7];
}

/** Keeps so many mebibytes more. */
export function keep(mebibytes: u32): u32 {
  for (let i: u32 = 0; i < mebibytes; i++) hoard.push(new StaticArray<u8>(1 << 20));
  return hoard.length;
}

export function echo(texts: string[]): string[] {
  return texts;
}

export function save(sink: Sink): bool {
  if (place == IN_SAVE) endless();
  const bytes = new Uint8Array(4);
  store<u32>(bytes.dataStart, place);
  return sink.write(bytes);
}

export function restore(source: Source): void {
  place = load<u32>(source.read(4).dataStart);
  if (place == IN_RESTORE) endless();
}

export function onRestore(): void {
  if (place == IN_ON_RESTORE) endless();
}

export function checkState(): string | null {
  if (place == IN_CHECK) endless();
  return null;
}

export function stop(): void {
  if (place == IN_STOP) endless();
  if (place == AT_STOP) work(5_000);
}
