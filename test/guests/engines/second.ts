/** The version that comes after: its total is wider, and it counts its calls. */
import { Result, state } from "moult/guest";

@state
class Ledger {
  total: u64 = 0;
  calls: u32 = 0;
  names: Map<string, u32> = new Map();
}
const ledger = state<Ledger>();
let turns: u32 = 0;

export function add(name: string, n: u32): u32 {
  ledger.total += n;
  ledger.calls++;
  ledger.names.set(name, n);
  return <u32>ledger.total;
}

export function total(): u32 {
  return <u32>ledger.total;
}

export function calls(): u32 {
  return ledger.calls;
}

export function names(): string[] {
  return ledger.names.keys();
}

/** Gives back as many characters, or an err. */
export function echo(text: string): Result<string, string> {
  return text == "" ? Result.err<string, string>("nothing to say") : Result.ok<string, string>(text);
}

export function trap(): void {
  unreachable();
}

export function deep(n: u32): u32 {
  return n == 0 ? 0 : deep(n - 1) + 1;
}

export function spin(): void {
  while (true) turns++;
}
