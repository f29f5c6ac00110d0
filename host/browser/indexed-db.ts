/** A store in IndexedDB: for pages, workers and service workers. */
import { plainStore } from "../durable/file/plain-store.ts";
import type { Store } from "../mod.ts";
import { IndexedDbStore } from "./indexed-db-store.ts";
import { type BrowserStoreOptions, given } from "./store-options.ts";

/**
 * Keeps a plugin in a database of its own, `moult/<name>`. It answers promises, so that there is no
 * `callSync`.
 *
 * @param name of the store, in this site
 * @throws PluginError `argument`
 */
export function indexedDbStore(name: string, options: BrowserStoreOptions = {}): Store {
  const what = `the IndexedDB store ${JSON.stringify(name)}`;
  const checked = given(what, name, options);
  const store = new IndexedDbStore(what, name, checked);
  return plainStore(store, { name: what, synchronous: false, checkpoint: checked.checkpoint });
}
