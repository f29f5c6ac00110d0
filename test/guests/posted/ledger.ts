/** A sum, and what may go wrong; it tells, and asks nothing. */
import { state } from "moult/guest";
import { Stage } from "./stage";

@state
class Ledger {
  sum: u32 = 0;
}
const ledger = state<Ledger>();
let spins: u32 = 0;

export function add(n: u32): u32 {
  ledger.sum += n;
  return ledger.sum;
}

export function echo(text: string): string {
  return text;
}

export function tell(texts: Array<string>): void {
  for (let i = 0; i < texts.length; i++) Stage.tell(texts[i]);
}

export function spin(): void {
  while (true) spins++;
}

export function take(): void {
  throw new Error("it broke here");
}

export function start(): void {
  Stage.tell("started");
  Stage.tell("ready");
}
