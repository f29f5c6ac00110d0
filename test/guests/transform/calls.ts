import { capability, clock, imported, log, Option, random, Result } from "moult/guest";
import { Named } from "./shapes";

type Names = Array<string>;

@capability("acme:metrics/counter@1.0.0")
class Counter {
  static increment(name: string, by: u32): u32 {
    return imported<u32>();
  }
  static names(prefix: string | null): Names {
    return imported<Names>();
  }
  static rename(one: Named, times: Option<u32>, why: Result<string, f64>): Result<Named, string> {
    return imported<Result<Named, string>>();
  }
  static wide(a: string, b: string, c: string, d: string, e: string, f: string, g: string, h: string, i: u8): string {
    return imported<string>();
  }
  static note(levels: Map<string, u64>): void {
    imported<void>();
  }
  static neverCalled(x: u8): void {
    imported<void>();
  }
}

@capability("acme:metrics/unused@1.0.0")
class Unused {
  static call(): void {
    imported<void>();
  }
}

export function count(name: string, by: u32): u32 {
  return Counter.increment(name, by);
}

export function join(prefix: string | null): string {
  return Counter.names(prefix).join(" ");
}

export function rename(one: Named, times: u32, reason: string): string {
  const some = times == 0 ? Option.none<u32>() : Option.some<u32>(times);
  const why = reason.length > 0 ? Result.ok<string, f64>(reason) : Result.err<string, f64>(0.5);
  const answer = Counter.rename(one, some, why);
  return answer.isOk ? answer.value.name + "/" + answer.value.level.toString() : answer.error;
}

export function wide(): string {
  return Counter.wide("a", "b", "c", "d", "e", "f", "g", "h", 9);
}

export function note(count: i32): void {
  const levels = new Map<string, u64>();
  for (let i = 0; i < count; i++) levels.set("level " + i.toString(), i);
  Counter.note(levels);
}

export function twice(a: string, b: string): string {
  return Counter.names(a).concat(Counter.names(b)).join("|");
}

export function say(line: string): void {
  log.debug(line);
  log.error(line);
}

export function now(): i64 {
  return clock.now();
}

export function dice(): f64 {
  return Math.random();
}

export function number(): u64 {
  return random.u64() + clock.monotonic();
}

export function key(): Uint8Array {
  return random.bytes(4);
}

export function many(
  a: string,
  b: string,
  c: string,
  d: string,
  e: string,
  f: string,
  g: string,
  h: string,
  i: u8,
): string {
  return a + b + c + d + e + f + g + h + i.toString();
}
