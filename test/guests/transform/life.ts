import { log, state } from "moult/guest";

@state
class Totals {
  lines: u64 = 0;
  names: Array<string> = [];
}
const totals = state<Totals>();
let cached: u64 = 0;

export function start(): void {
  log.info("started with " + totals.lines.toString());
}

export function stop(): void {
  log.info("stopped");
}

export function onRestore(): void {
  cached = totals.lines * 2;
}

export function checkState(): string | null {
  return <u64>totals.names.length > totals.lines ? "more names than lines: " + totals.names.length.toString() : null;
}

export function add(name: string): u64 {
  totals.names.push(name);
  return ++totals.lines;
}

export function forget(): void {
  totals.lines = 0;
}

export function double(): u64 {
  return cached;
}

export function names(): Array<string> {
  return totals.names;
}

export function fail(reason: string): void {
  throw new Error(reason);
}
