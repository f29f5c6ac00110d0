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
  since: u64 = 7;
}

const account = state<Account>();

/** Adds, and asks nobody. @returns the sum */
export function add(amount: u32): u64 {
  account.calls++;
  account.sum += amount;
  return account.sum;
}

/** Adds at today's rate. */
export function exchange(amount: u32): u64 {
  account.calls++;
  const rate = Ledger.rate();
  if (rate == 999) throw new Error("there is no such rate");
  account.sum += amount * rate;
  Ledger.note("exchanged");
  return account.sum;
}

/** Adds, and books it outside. @returns the number of the booking */
export function book(amount: u32): u32 {
  account.calls++;
  account.sum += amount;
  return Ledger.book(amount);
}

/** Books twice, and adds what the bookings' numbers are. */
export function bookTwice(amount: u32): u64 {
  account.calls++;
  account.sum += Ledger.book(amount);
  account.sum += 100 * Ledger.book(amount);
  return account.sum;
}

/** Books, and breaks. */
export function bookAndTrap(amount: u32): void {
  account.calls++;
  account.sum += 1_000_000;
  Ledger.book(amount);
  throw new Error("broken");
}

/** Refuses what is more than there is. */
export function take(amount: u32): Result<u64, string> {
  account.calls++;
  if (amount > account.sum) return Result.err<u64, string>("not enough");
  account.sum -= amount;
  return Result.ok<u64, string>(account.sum);
}

export function trap(): void {
  account.sum += 1_000_000;
  throw new Error("broken");
}

export function calls(): u32 {
  return account.calls;
}

/** Changes nothing. */
export function sum(): u64 {
  return account.sum + 0 * account.since;
}
