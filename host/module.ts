/** Modules: compiled code with what it says of itself; immutable, and shared by its instances. */
import type { Manifest } from "../abi/manifest.ts";
import type { Adapter } from "./adapter.ts";

export interface PluginModule {
  readonly code: WebAssembly.Module;
  readonly manifest: Manifest;
  readonly adapter: Adapter;
  /** The SHA-256 of the bytes in hexadecimal; unknown for modules that came compiled, or where there is no WebCrypto. */
  readonly digest: string | undefined;
  /** Where it came from, for messages. */
  readonly from: string;
}

/** `log-handler 1.2.0` */
export function title(module: PluginModule): string {
  return `${module.manifest.name} ${module.manifest.version}`;
}
