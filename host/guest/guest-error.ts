/** A plugin's own `err`, as its caller gets it. */

import { printable } from "../../abi/printable.ts";
import type { FunctionType } from "../../abi/type.ts";
import { PluginError } from "../errors.ts";
import { shown } from "../shown.ts";

/** Characters of a payload that is not a string. */
const MOST = 1_024;

/**
 * Makes the function that turns the payload of an `err` into an error.
 *
 * @param what the function that answered, for messages: `logs.handle`
 */
export function answering({ result }: FunctionType, what: string): (payload: unknown) => never {
  // Most functions answer no `result`, and a thousand plugins may have many functions each.
  return typeof result === "object" && "result" in result ? (payload) => fail(what, payload) : never;
}

function fail(what: string, payload: unknown): never {
  const text =
    payload === undefined ? "no value" : typeof payload === "string" ? payload : shown(payload, MOST);
  throw new PluginError(
    "guest-error",
    `could not call ${what}: the plugin answered an error: ${printable(text)}`,
    {
      payload,
    },
  );
}

function never(): never {
  throw new TypeError("a function whose type is no result answered an err");
}
