/** A plugin's own `err`, as its caller gets it. */
import type { FunctionType } from "../../abi/type.ts";
import { PluginError } from "../errors.ts";

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
  const said = typeof payload === "string" ? payload : (JSON.stringify(payload, plain) ?? "no value");
  throw new PluginError("guest-error", `could not call ${what}: the plugin answered an error: ${said}`, {
    payload,
  });
}

function never(): never {
  throw new TypeError("a function whose type is no result answered an err");
}

/** A payload in a message: JSON, with bigints as digits. */
function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
