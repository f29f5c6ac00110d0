/** The ledger that forgot its ballast, without a word. */
import { Result, state } from "moult/guest";
import { CALL, CHECK, RESTORED, Stage, START, STOP, turn } from "./stage";

@state
class Ledger {
  calls: Array<u32> = [];
}

const ledger = state<Ledger>();

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
}

export function history(): Array<u32> {
  return ledger.calls;
}

export function ballast(): u32 {
  return 0;
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
