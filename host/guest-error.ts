/** What a guest answers as its error, for its caller. */
import { PluginError } from "./errors.ts";

export function guestError(what: string, payload: unknown): PluginError {
  const said = typeof payload === "string" ? payload : (JSON.stringify(payload, plain) ?? "no value");
  return new PluginError("guest", `could not call ${what}: the plugin answered an error: ${said}`, {
    payload,
  });
}

/** A payload in a message: JSON, with bigints as digits. */
function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
