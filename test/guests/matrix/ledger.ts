/** Keeps every call's number in order, and ballast: its state is a sequence that no fault may tear. */
import { Result, state } from "moult/guest";
import { ballastOf, CALL, CHECK, hash, RESTORED, Stage, START, STOP, turn } from "./stage";

@state
class Ledger {
  calls: Array<u32> = [];
  ballast: Uint8Array = new Uint8Array(0);
}

const ledger = state<Ledger>();
/** A part of the state, held where everybody holds it: every swap has to fill it in place. */
const calls = state<Ledger>().calls;

export function push(n: u32): u32 {
  if (turn(CALL)) return 0;
  calls.push(n);
  Stage.ran(n);
  return calls.length;
}

export function act(n: u32): u32 {
  calls.push(n);
  const answer = Stage.act(n);
  turn(CALL);
  return answer;
}

export function draw(): u32 {
  const n = Stage.draw();
  calls.push(n);
  return n;
}

export function take(n: u32): Result<u32, string> {
  calls.push(n);
  return n % 2 ? Result.err<u32, string>("odd") : Result.ok<u32, string>(n);
}

export function fill(size: u32): void {
  ledger.ballast = ballastOf(size);
}

export function history(): Array<u32> {
  return calls;
}

export function ballast(): u32 {
  return hash(ledger.ballast);
}

export function start(): void {
  turn(START);
}

export function onRestore(): void {
  if (turn(RESTORED)) calls.pop();
}

export function checkState(): string | null {
  return turn(CHECK) ? "a record is missing" : null;
}

export function stop(): void {
  turn(STOP);
}
