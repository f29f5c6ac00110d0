/** Stores that answer later, as IndexedDB does. */
import type { Store } from "../../host/mod.ts";

/** @param before a write goes through; it may wait as long as it likes */
export function later(store: Store, before: (write: "append" | "begin") => unknown = () => {}): Store {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    name: "a slow store",
    synchronous: false,
    open: () => turn().then(() => store.open()),
    read: () => turn().then(() => store.read()),
    append: async (records) => {
      await turn();
      await before("append");
      return store.append(records);
    },
    begin: async (...all) => {
      await turn();
      await before("begin");
      return store.begin(...all);
    },
    close: () => turn().then(() => store.close()),
  };
}
