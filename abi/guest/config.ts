@capability("moult:config/store@1.0.0")
class ConfigStore {
  static get(key: string): string | null {
    return imported<string | null>();
  }
  static getAll(): Map<string, string> {
    return imported<Map<string, string>>();
  }
}

/** Texts that the host gives to this plugin. */
export namespace config {
  /** The text of a key, or `null`. */
  export function get(key: string): string | null {
    return ConfigStore.get(key);
  }

  /** All keys with their texts. */
  export function all(): Map<string, string> {
    return ConfigStore.getAll();
  }
}
