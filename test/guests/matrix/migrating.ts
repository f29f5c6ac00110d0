/** The ledger with a sum in its state, which it works out from an older state. */
import { Result, state } from "moult/guest";
import { ballastOf, CHECK, hash, MIGRATE, NEXT_CALL, RESTORED, Stage, START, STOP, turn } from "./stage";

class LedgerV1 {
  calls: Array<u32> = [];
  ballast: Uint8Array = new Uint8Array(0);
}

@state
class Ledger {
  entries: Array<u32> = [];
  ballast: Uint8Array = new Uint8Array(0);
  bytes: f64 = 0;

  static from(old: LedgerV1): Ledger {
    const wrong = turn(MIGRATE);
    const ledger = new Ledger();
    ledger.entries = old.calls;
    if (wrong) ledger.entries.pop();
    ledger.ballast = old.ballast;
    ledger.bytes = old.ballast.length;
    return ledger;
  }
}

const ledger = state<Ledger>();
/** A part of the state, held where everybody holds it: every swap has to fill it in place. */
const entries = state<Ledger>().entries;

export function push(n: u32): u32 {
  if (turn(NEXT_CALL)) return 0;
  entries.push(n);
  Stage.ran(n);
  return entries.length;
}

export function act(n: u32): u32 {
  entries.push(n);
  const answer = Stage.act(n);
  turn(NEXT_CALL);
  return answer;
}

export function draw(): u32 {
  const n = Stage.draw();
  entries.push(n);
  return n;
}

export function take(n: u32): Result<u32, string> {
  entries.push(n);
  return n % 2 ? Result.err<u32, string>("odd") : Result.ok<u32, string>(n);
}

export function fill(size: u32): void {
  ledger.ballast = ballastOf(size);
  ledger.bytes = size;
}

export function history(): Array<u32> {
  return entries;
}

export function ballast(): u32 {
  return hash(ledger.ballast);
}

export function start(): void {
  turn(START);
}

export function onRestore(): void {
  if (turn(RESTORED)) entries.pop();
}

export function checkState(): string | null {
  return turn(CHECK) ? "a record is missing" : null;
}

export function stop(): void {
  turn(STOP);
}
