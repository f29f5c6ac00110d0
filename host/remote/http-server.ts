/** The server of HTTP where there is none: in pages. */
import { PluginError } from "../errors.ts";
import type { HttpOptions } from "./http.ts";
import type { Listening } from "./serve.ts";
import type { Site } from "./site.ts";
import type { Tokens } from "./tokens.ts";

export interface HttpServerOptions extends Required<Omit<HttpOptions, "token" | "tls" | "dashboard">> {
  /** In PEM. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly tokens: Tokens;
}

export async function listen(_site: Site, _options: HttpServerOptions): Promise<Listening> {
  throw new PluginError("unavailable", "could not serve over HTTP: a page can call, and not be called");
}
