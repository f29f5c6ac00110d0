/** A plugin's own `err`, as its caller gets it. */

import { printable } from "../../abi/printable.ts";
import type { FunctionType } from "../../abi/type.ts";
import { PluginError } from "../errors.ts";
import { shown } from "../shown.ts";

/** Characters of a payload that is no text. */
const MOST = 1_024;

/**
 * What a function does with the payload of an `err`: it throws.
 *
 * @param what whose answer it is: `logs.handle`
 */
export function answering({ result }: FunctionType, what: string): (payload: unknown) => never {
  // Most functions answer no `result`, and there are a thousand plugins of many functions.
  return typeof result === "object" && "result" in result ? (payload) => fail(what, payload) : never;
}

function fail(what: string, payload: unknown): never {
  const said =
    payload === undefined ? "no value" : typeof payload === "string" ? payload : shown(payload, MOST);
  throw new PluginError(
    "guest-error",
    `could not call ${what}: the plugin answered an error: ${printable(said)}`,
    {
      payload,
    },
  );
}

function never(): never {
  throw new TypeError("a function whose type is no result answered an err");
}
