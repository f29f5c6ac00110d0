import { config, kv, state } from "moult/guest";

@state
class Kept {
  writes: u32 = 0;
}
const kept = state<Kept>();

export function setting(key: string): string | null {
  return config.get(key);
}

export function settings(): Map<string, string> {
  return config.all();
}

/** Writes, and counts. @returns the error, or nothing */
export function put(key: string, text: string): string {
  kept.writes++;
  const outcome = kv.setText(key, text);
  return outcome.isErr ? outcome.error : "";
}

/** @returns the error, or nothing */
export function putBytes(key: string, length: u32): string {
  const outcome = kv.set(key, new Uint8Array(length));
  return outcome.isErr ? outcome.error : "";
}

export function text(key: string): string | null {
  return kv.getText(key);
}

export function bytes(key: string): Uint8Array | null {
  return kv.get(key);
}

export function has(key: string): bool {
  return kv.has(key);
}

export function keys(prefix: string): string[] {
  return kv.keys(prefix);
}

export function remove(key: string): string {
  const outcome = kv.delete(key);
  return outcome.isErr ? outcome.error : "";
}

/** Writes what was there, and one letter more. */
export function append(key: string): string {
  kept.writes++;
  const before = kv.getText(key);
  const now = (before === null ? "" : before) + "x";
  kv.setText(key, now);
  return now;
}

export function putBoth(key: string, first: string, second: string): void {
  put(key, first);
  put(key, second);
}

export function writes(): u32 {
  return kept.writes;
}
