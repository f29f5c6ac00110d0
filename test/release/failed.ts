/** What work failed with. */
import { PluginError } from "../../host/mod.ts";

/** @throws unless it failed with an error of moult's */
export async function failed(work: () => unknown): Promise<PluginError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}
