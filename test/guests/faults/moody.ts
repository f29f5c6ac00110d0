/** Asks its host at every turn of its life whether to break there. State hooks by hand, so that these are turns too. */
import { Sink, Source } from "moult/guest";
import { Metrics } from "./metrics";

let value_: u32 = 0;

function ask(): void {
  if (Metrics.look() != 0) throw new Error("it broke here");
}

export function add(step: u32): u32 {
  return (value_ += step);
}

export function value(): u32 {
  return value_;
}

export function start(): void {
  ask();
}

export function stop(): void {
  ask();
}

export function save(sink: Sink): bool {
  const bytes = new Uint8Array(4);
  store<u32>(bytes.dataStart, value_);
  value_ = 666;
  const before = sink.write(bytes.subarray(0, 2));
  ask();
  return before && sink.write(bytes.subarray(2));
}

export function restore(source: Source): void {
  value_ = load<u16>(source.read(2).dataStart);
  ask();
  value_ |= <u32>load<u16>(source.read(2).dataStart) << 16;
}

export function onRestore(): void {
  ask();
}

export function checkState(): string | null {
  ask();
  return null;
}
