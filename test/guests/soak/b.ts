/** The same ledger in other code: other functions, other globals, a table that moves everything in memory. */
import { state } from "moult/guest";

@state
class Ledger {
  calls: u32 = 0;
  hash: u32 = 0;
  recent: Map<u32, u32> = new Map();
  bytes: Uint8Array = new Uint8Array(0);
}

export class Receipt {
  calls: u32 = 0;
  hash: u32 = 0;
}

const PRIMES: StaticArray<u32> = [16777619, 1, 64, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];
const ledger = state<Ledger>();
let booked: u64 = 0;

function mix(hash: u32, number: u32): u32 {
  return (hash ^ number) * PRIMES[0] + PRIMES[1];
}

/** Makes the state as large as it has to be. */
export function open(size: u32): void {
  ledger.bytes = new Uint8Array(size);
}

/** Books a call. */
export function book(number: u32): Receipt {
  booked++;
  const hash = mix(ledger.hash, number);
  ledger.hash = hash;
  const bytes = ledger.bytes;
  const at = hash % <u32>bytes.length;
  bytes[at] = bytes[at] ^ <u8>number;
  ledger.recent.set(number % PRIMES[2], hash);
  ledger.calls += 1;
  return { calls: ledger.calls, hash };
}

/** Books a line of text. */
export function note(line: string): u32 {
  ledger.hash = ledger.hash * 31 + <u32>line.length;
  return ledger.hash;
}

export function code(): string {
  return "b";
}

/** Calls that this code booked, which no state keeps. */
export function own(): u64 {
  return booked;
}
