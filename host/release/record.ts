/** Records: what a fabric keeps under a key, as JSON. Whoever may write there may have written anything. */
import * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import type { Entry } from "../fabric/fabric.ts";

const encoder = new TextEncoder();

export function recordBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/**
 * @param what it is, for messages: `the plan of counter`
 * @throws PluginError `bad-peer`
 */
export function readRecord<S extends z.ZodMiniType>(
  schema: S,
  { value }: Pick<Entry, "value">,
  what: string,
): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch (cause) {
    throw new PluginError("bad-peer", `could not read ${what}: it is not JSON`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: "" }] = parsed.error.issues;
  const at = path.length > 0 ? `${z.core.toDotPath(path)}: ` : "";
  throw new PluginError("bad-peer", `could not read ${what}: ${at}${message}`);
}
