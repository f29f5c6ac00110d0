/** The bytes of a module that a verb got by name: a file, or a reference to a registry. */
import type { PullOnceOptions } from "../../oci/mod.ts";
import { isReference } from "../../oci/mod.ts";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";
import { pulled } from "./registry.ts";

export interface ModuleFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it was pulled from, and the signatures that came with it. */
  readonly pulled?: {
    /** As lock files have it; missing for one that names a digest itself. */
    readonly reference: string | undefined;
    readonly digest: string;
    readonly signatures: readonly Uint8Array[];
  };
}

/**
 * @param path a file, or `oci://ghcr.io/acme/visits:1.0.0`, or `oci:FOLDER:1.0.0`
 * @param what the expected kind of file, for messages
 * @throws Failure, PluginError
 */
export async function moduleFile(
  terminal: Terminal,
  path: string,
  { what = "a module", ...options }: Pick<PullOnceOptions, "lock"> & { readonly what?: string } = {},
): Promise<ModuleFile> {
  if (!isReference(path)) return { bytes: await givenFile(terminal, path, what) };
  const { bytes, digest, signatures, reference } = await pulled(terminal, path, options);
  const named = path.includes("@") ? undefined : reference.replace(/@sha256:[0-9a-f]{64}$/, "");
  return { bytes: bytes as Uint8Array<ArrayBuffer>, pulled: { reference: named, digest, signatures } };
}
