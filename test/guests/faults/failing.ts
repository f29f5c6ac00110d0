/** Asks a host that may fail, and tells how that went. */
import { capability, imported, Outcome, Result, state } from "moult/guest";

@capability("test:faults/database@1.0.0")
class Database {
  static find(page: string): Result<string, string> {
    return imported<Result<string, string>>();
  }
  static size(page: string): Result<u32, string> {
    return imported<Result<u32, string>>();
  }
  static remove(page: string): Outcome<string> {
    return imported<Outcome<string>>();
  }
  /** Its type has no place for an error. */
  static count(): u32 {
    return imported<u32>();
  }
}

@state
class Asked {
  times: u32 = 0;
}
const asked = state<Asked>();

export function find(page: string): string {
  asked.times++;
  const found = Database.find(page);
  return found.isOk ? found.value : "err: " + found.error;
}

export function size(page: string): u32 {
  asked.times++;
  const found = Database.size(page);
  return found.isOk ? found.value : 0;
}

export function remove(page: string): string {
  asked.times++;
  const removed = Database.remove(page);
  return removed.isOk ? "removed" : "err: " + removed.error;
}

export function count(): u32 {
  asked.times++;
  return Database.count();
}

export function times(): u32 {
  return asked.times;
}

/** A guest's own outcome: its caller gets it as a guest's error. */
export function check(even: u32): Outcome<string> {
  return even % 2 == 0 ? Outcome.ok<string>() : Outcome.err<string>("odd");
}
