/** WebSockets at a server, where there is none: in pages. */
import { PluginError } from "../errors.ts";
import type { FramedOptions } from "./framed-server.ts";

export interface UpgradeOptions extends Omit<FramedOptions, "admit"> {
  /** What a connection may do, by the name that it was reached by, and its token: `Bearer …`. */
  readonly admit: (
    host: string | undefined,
    authorization: string | undefined,
  ) => ReturnType<FramedOptions["admit"]>;
  /** Origins of pages that may connect, besides the server's own. */
  readonly origins: readonly string[];
}

export async function webSockets(_options: UpgradeOptions): Promise<unknown> {
  throw new PluginError("unavailable", "could not serve over WebSockets: a page can call, and not be called");
}
