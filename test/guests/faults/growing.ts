/** Its memory grows inside everything that a host can call, so that every view of it is stale afterwards. */
import { Sink, Source } from "moult/guest";

let value_: u32 = 0;
let hooks: u32 = 0;

function grow(): void {
  hooks++;
  if (memory.grow(3) < 0) throw new Error("memory does not grow");
}

export function start(): void {
  grow();
}

export function stop(): void {
  grow();
}

export function add(step: u32): u32 {
  grow();
  return (value_ += step);
}

export function value(): u32 {
  return value_;
}

export function echo(text: string): string {
  grow();
  return text + text;
}

export function save(sink: Sink): bool {
  const bytes = new Uint8Array(4);
  store<u32>(bytes.dataStart, value_);
  grow();
  const answer = sink.write(bytes);
  grow();
  return answer;
}

export function restore(source: Source): void {
  grow();
  const bytes = source.read(4);
  grow();
  value_ = load<u32>(bytes.dataStart);
}

export function onRestore(): void {
  grow();
}

export function checkState(): string | null {
  grow();
  return hooks == 0 ? "no hook was called" : null;
}
