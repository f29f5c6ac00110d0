/** `moult/browser`: plugins that outlive their page. */
export { indexedDbStore } from "./indexed-db.ts";
export { opfsStore } from "./opfs.ts";
export type { BrowserStoreOptions } from "./store-options.ts";
