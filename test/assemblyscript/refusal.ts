import type { PluginError } from "../../host/mod.ts";

/** The whole message of what went wrong, as it has to. */
export function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it was not refused",
    (error: PluginError) => error.message,
  );
}
