import { Sink, Source } from "moult/guest";

let kept = new Uint8Array(0);

export function save(sink: Sink): bool {
  return sink.write(kept);
}

export function restore(source: Source): void {
  const all = new Array<u8>();
  for (let part = source.read(1000); part.length > 0; part = source.read(1000)) {
    for (let i = 0; i < part.length; i++) all.push(part[i]);
  }
  kept = new Uint8Array(all.length);
  kept.set(all);
}

export function keep(bytes: Uint8Array): void {
  kept = bytes;
}

export function kind(): Uint8Array {
  return kept;
}
