/** A ledger of calls: what it holds depends on every call that was made, and on their order. */
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

const ledger = state<Ledger>();

/** Makes the state as large as it has to be. */
export function open(size: u32): void {
  ledger.bytes = new Uint8Array(size);
}

/** Books a call. */
export function book(number: u32): Receipt {
  ledger.calls++;
  ledger.hash = (ledger.hash ^ number) * 16777619 + 1;
  ledger.recent.set(number % 64, ledger.hash);
  const at = ledger.hash % <u32>ledger.bytes.length;
  ledger.bytes[at] ^= <u8>number;
  return { calls: ledger.calls, hash: ledger.hash };
}

/** Books a line of text. */
export function note(line: string): u32 {
  ledger.hash = ledger.hash * 31 + <u32>line.length;
  return ledger.hash;
}

export function code(): string {
  return "a";
}
