/** The later version of the table. */
import { restored } from "./witness";
import { state } from "moult/guest";

@state
class Table {
  entries: Map<u32, string> = new Map();
  calls: u64 = 0;
}
const table = state<Table>();

export function set(key: u32, value: string): u32 {
  table.calls++;
  table.entries.set(key, value);
  return table.entries.size;
}

export function remove(key: u32): bool {
  table.calls++;
  return table.entries.delete(key);
}

export function version(): u32 {
  table.calls++;
  return 2;
}

export function once(): void {
  assert(false, "not any more");
}

/** The entries in their order, as a number. */
export function sum(): u64 {
  let sum: u64 = 7;
  const keys = table.entries.keys();
  for (let i = 0; i < keys.length; i++) {
    const text = table.entries.get(keys[i]);
    sum = sum * 31 + keys[i];
    for (let at = 0; at < text.length; at++) sum = sum * 31 + text.charCodeAt(at);
  }
  return sum;
}

export function calls(): u64 {
  return table.calls;
}

export function onRestore(): void {
  restored();
}
