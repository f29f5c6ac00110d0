import { put } from "./keeper";

export { append, bytes, has, keys, put, putBytes, remove, setting, settings, text, writes } from "./keeper";

/** Writes once, and breaks. */
export function putBoth(key: string, first: string, second: string): void {
  put(key, first);
  throw new Error("broken");
}
