/** The ledger with state hooks by hand, in chunks of 4,096 bytes with a turn before each. Saving alters what it keeps. */
import { Result, Sink, Source } from "moult/guest";
import { ballastOf, CALL, CHECK, hash, RESTORE, RESTORED, SAVE, Stage, START, STOP, turn } from "./stage";

class Ledger {
  calls: Array<u32> = [];
  ballast: Uint8Array = new Uint8Array(0);
}

const ledger = new Ledger();
const CHUNK = 4096;

export function save(sink: Sink): bool {
  const calls = ledger.calls.length;
  const bytes = new Uint8Array(4 + 4 * calls + ledger.ballast.length);
  store<u32>(bytes.dataStart, calls);
  for (let i = 0; i < calls; i++) store<u32>(bytes.dataStart + 4 + 4 * i, ledger.calls[i]);
  bytes.set(ledger.ballast, 4 + 4 * calls);
  for (let at = 0; at < bytes.length; at += CHUNK) {
    if (turn(SAVE)) return false;
    ledger.calls.push(666);
    if (!sink.write(bytes.subarray(at, min(at + CHUNK, bytes.length)))) return false;
  }
  return true;
}

export function restore(source: Source): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const lose = turn(RESTORE);
    const chunk = source.read(CHUNK);
    if (chunk.length == 0) break;
    if (lose) continue;
    chunks.push(chunk);
    size += chunk.length;
  }
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 0; i < chunks.length; i++) {
    bytes.set(chunks[i], at);
    at += chunks[i].length;
  }
  const calls = load<u32>(bytes.dataStart);
  ledger.calls = [];
  for (let i: u32 = 0; i < calls; i++) ledger.calls.push(load<u32>(bytes.dataStart + 4 + 4 * i));
  ledger.ballast = bytes.slice(4 + 4 * calls);
}

export function push(n: u32): u32 {
  if (turn(CALL)) return 0;
  ledger.calls.push(n);
  Stage.ran(n);
  return ledger.calls.length;
}

export function act(n: u32): u32 {
  ledger.calls.push(n);
  const answer = Stage.act(n);
  turn(CALL);
  return answer;
}

export function draw(): u32 {
  const n = Stage.draw();
  ledger.calls.push(n);
  return n;
}

export function take(n: u32): Result<u32, string> {
  ledger.calls.push(n);
  return n % 2 ? Result.err<u32, string>("odd") : Result.ok<u32, string>(n);
}

export function fill(size: u32): void {
  ledger.ballast = ballastOf(size);
}

export function history(): Array<u32> {
  return ledger.calls;
}

export function ballast(): u32 {
  return hash(ledger.ballast);
}

export function start(): void {
  turn(START);
}

export function onRestore(): void {
  if (turn(RESTORED)) ledger.calls.pop();
}

export function checkState(): string | null {
  return turn(CHECK) ? "a record is missing" : null;
}

export function stop(): void {
  turn(STOP);
}
