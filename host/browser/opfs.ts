/** A store in the origin private file system: for dedicated workers, where files can be written at once. */
import { plainStore } from "../durable/file/plain-store.ts";
import type { Store } from "../mod.ts";
import { OpfsStore } from "./opfs-store.ts";
import { type BrowserStoreOptions, given } from "./store-options.ts";

/**
 * Keeps a plugin in a folder of its own, `moult/<name>` of the origin private file system. All methods but
 * `open` and `close` are synchronous, so that `callSync` works. A page cannot open it: only dedicated workers
 * have `FileSystemSyncAccessHandle`.
 *
 * @param name of the store, in this site
 * @throws PluginError `argument`
 */
export function opfsStore(name: string, options: BrowserStoreOptions = {}): Store {
  const what = `the OPFS store ${JSON.stringify(name)}`;
  const checked = given(what, name, options);
  const store = new OpfsStore(what, name, checked);
  return plainStore(store, { name: what, synchronous: true, checkpoint: checked.checkpoint });
}
