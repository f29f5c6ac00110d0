/** The version that every engine begins with. */
import { Result, state } from "moult/guest";

@state
class Ledger {
  total: u32 = 0;
  names: Map<string, u32> = new Map();
}
const ledger = state<Ledger>();
let turns: u32 = 0;

export function add(name: string, n: u32): u32 {
  ledger.total += n;
  ledger.names.set(name, n);
  return ledger.total;
}

export function total(): u32 {
  return ledger.total;
}

export function names(): string[] {
  return ledger.names.keys();
}

/** Gives back as many characters, or an err. */
export function echo(text: string): Result<string, string> {
  return text == "" ? Result.err<string, string>("nothing to say") : Result.ok<string, string>(text);
}

/** Traps in the second version. */
export function trap(): void {}

/** Calls itself in the second version. */
export function deep(n: u32): u32 {
  return n;
}

export function spin(): void {
  while (true) turns++;
}
