/** Words for what browsers throw when a site may keep no more. */

/** @returns the error, with words where the browser has none */
export function told(error: unknown): Error {
  const { name = "", message = "" } = (error ?? {}) as { readonly name?: string; readonly message?: string };
  if (name === "QuotaExceededError") {
    return new Error(`the browser gives this site no more room (${name})`, { cause: error });
  }
  if (error instanceof Error && message) return error;
  return new Error(message || name || String(error), { cause: error });
}

/** The room that one write did not get. */
export function noRoom(): Error {
  return new Error("the browser gives this site no more room (a write was cut short)");
}

/** What a browser may do to a store. @returns a sentence for `warnings` */
export async function removable(): Promise<string | undefined> {
  const persisted = await navigator.storage?.persisted?.().catch(() => false);
  if (persisted) return undefined;
  return "the browser may remove it when its disk is full: call navigator.storage.persist() in a page, which may ask its user";
}
