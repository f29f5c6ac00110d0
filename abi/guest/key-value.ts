import { Outcome } from "./result";

class KeyPage {
  keys: string[];
  cursor: string | null;
}

@capability("moult:keyvalue/store@1.0.0")
class KeyValueStore {
  static get(key: string): Uint8Array | null {
    return imported<Uint8Array | null>();
  }
  static exists(key: string): bool {
    return imported<bool>();
  }
  static listKeys(prefix: string, cursor: string | null): KeyPage {
    return imported<KeyPage>();
  }
  static set(key: string, value: Uint8Array): Outcome<string> {
    return imported<Outcome<string>>();
  }
  static delete(key: string): Outcome<string> {
    return imported<Outcome<string>>();
  }
}

/**
 * Values that the host keeps for this plugin, outside of its state. A rollback does not undo writes. A write
 * over a limit changes nothing: its error begins with `bad-key`, `too-large` or `full`. Another one is `failed`.
 */
export class kv {
  private constructor() {}

  /** The value of a key, or `null`. */
  static get(key: string): Uint8Array | null {
    return KeyValueStore.get(key);
  }

  /** The value of a key as text, or `null`. */
  static getText(key: string): string | null {
    const value = KeyValueStore.get(key);
    return value === null ? null : String.UTF8.decodeUnsafe(value.dataStart, value.length);
  }

  static has(key: string): bool {
    return KeyValueStore.exists(key);
  }

  /** All keys that begin with `prefix`, sorted. */
  static keys(prefix: string = ""): string[] {
    let page = KeyValueStore.listKeys(prefix, null);
    const keys = page.keys;
    while (page.cursor !== null) {
      page = KeyValueStore.listKeys(prefix, page.cursor);
      for (let i = 0; i < page.keys.length; i++) keys.push(page.keys[i]);
    }
    return keys;
  }

  static set(key: string, value: Uint8Array): Outcome<string> {
    return KeyValueStore.set(key, value);
  }

  /** Sets a text, in UTF-8. */
  static setText(key: string, text: string): Outcome<string> {
    return KeyValueStore.set(key, Uint8Array.wrap(String.UTF8.encode(text)));
  }

  /** Removes a value. Nothing happens where there is none. */
  static delete(key: string): Outcome<string> {
    return KeyValueStore.delete(key);
  }
}
