/** The same ledger in the next version, which counts its own calls too. */
import { state } from "moult/guest";
import { reach } from "./reach";

@state
class Ledger {
  times: Uint8Array = new Uint8Array(0);
  booked: u32 = 0;
}
const ledger = state<Ledger>();

/** @returns the version that made the call */
export function book(n: u32): u32 {
  ledger.times = reach(ledger.times, n);
  ledger.times[n]++;
  ledger.booked++;
  return 2;
}

/** Does no harm when it is made twice. @returns the version that made the call */
export function mark(n: u32): u32 {
  ledger.times = reach(ledger.times, n);
  ledger.times[n] = 1;
  return 2;
}

export function times(): Uint8Array {
  return ledger.times;
}
