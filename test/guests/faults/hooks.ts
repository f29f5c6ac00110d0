/** State hooks written by hand, which break at 13, stop at 14, do not come back at 15, and change the state as they save it. */
import { Sink, Source } from "moult/guest";

let value_: u32 = 0;

export function add(step: u32): u32 {
  return (value_ += step);
}

export function value(): u32 {
  return value_;
}

export function save(sink: Sink): bool {
  if (value_ == 13) throw new Error("save broke");
  if (value_ == 14) return false;
  const bytes = new Uint8Array(4);
  store<u32>(bytes.dataStart, value_);
  value_ += 1000;
  return sink.write(bytes);
}

export function restore(source: Source): void {
  value_ = load<u32>(source.read(4).dataStart);
  if (value_ == 15) throw new Error("restore broke");
}
