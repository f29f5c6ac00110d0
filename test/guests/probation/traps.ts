import { capability, imported, Result, state } from "moult/guest";

@capability("test:bank/ledger@1.0.0")
class Ledger {
  static rate(): u32 {
    return imported<u32>();
  }
  static book(amount: u32): u32 {
    return imported<u32>();
  }
  static note(text: string): void {
    imported<void>();
  }
}

@state
class Account {
  sum: u64 = 0;
  calls: u32 = 0;
}

const account = state<Account>();

/** Adds at today's rate. */
export function add(amount: u32): u64 {
  account.calls++;
  if (amount == 13) throw new Error("unlucky");
  account.sum += amount * Ledger.rate();
  Ledger.note("added");
  return account.sum;
}

/** Adds, and books it outside. */
export function book(amount: u32): u32 {
  account.calls++;
  account.sum += amount;
  return Ledger.book(amount);
}

/** Adds many at once. */
export function addAll(amounts: u32[]): u64 {
  account.calls++;
  for (let i = 0; i < amounts.length; i++) account.sum += amounts[i];
  return account.sum;
}

/** Refuses what is more than there is. */
export function take(amount: u32): Result<u64, string> {
  account.calls++;
  if (amount > account.sum) return Result.err<u64, string>("not enough");
  account.sum -= amount;
  return Result.ok<u64, string>(account.sum);
}
