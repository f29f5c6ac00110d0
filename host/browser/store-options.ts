/** What both stores of a browser are told. */
import { checkCheckpoint } from "../durable/file/plain-store.ts";
import { PluginError } from "../mod.ts";

export interface BrowserStoreOptions {
  /**
   * When an acknowledged call is on the disk itself:
   * - `"strict"`: before it is acknowledged, so that a power cut loses none,
   * - `"relaxed"`: soon after it; a power cut loses the youngest calls.
   *
   * In each case a tab or a browser that is killed loses no acknowledged call.
   * @default "strict"
   */
  readonly durability?: "strict" | "relaxed";
  /** The bounds of the journal, at which a new snapshot replaces it. @default 10_000 calls, 16 MiB */
  readonly checkpoint?: { readonly calls?: number; readonly bytes?: number };
  /**
   * Whether `load` waits while another tab has the store, or is refused: `[store-locked]`. A signal ends the
   * waiting.
   * @default false
   */
  readonly wait?: boolean | AbortSignal;
}

/** The options, checked. */
export interface Given {
  readonly durability: "strict" | "relaxed";
  readonly checkpoint: { readonly calls?: number; readonly bytes?: number };
  readonly wait: boolean | AbortSignal;
}

/** What may be the name of a folder in every browser's file system. */
const NAME = /^(?!\.{1,2}$)[^\\/\p{C}]{1,100}$/u;

/**
 * @param what the store in messages: `the OPFS store "counter"`
 * @throws PluginError `argument`
 */
export function given(what: string, name: string, options: BrowserStoreOptions): Given {
  const refuse = (of: string, found: unknown, wanted: string) => {
    throw new PluginError(
      "argument",
      `could not keep a plugin in ${what}: its ${of} is ${String(found)}, wanted ${wanted}`,
    );
  };
  const { durability = "strict", checkpoint = {}, wait = false } = options;
  if (typeof name !== "string" || !NAME.test(name)) {
    refuse("name", JSON.stringify(name), "a text of 1 to 100 characters, without / and \\");
  }
  if (durability !== "strict" && durability !== "relaxed") {
    refuse("durability", durability, '"strict" or "relaxed"');
  }
  checkCheckpoint(checkpoint, refuse);
  if (typeof wait !== "boolean" && !(wait instanceof AbortSignal)) {
    refuse("wait", wait, "true, false or an AbortSignal");
  }
  return { durability, checkpoint, wait };
}
