/** A build as data: what it made, or what is wrong with the program. */
import { type Build, BuildError, type BuildOptions, build } from "../../abi/transform/mod.ts";
import type { Told } from "./orders.ts";

export type Make = (entry: string, options: BuildOptions) => Promise<Build>;

/**
 * @param make builds: in this process, unless it says otherwise
 * @throws what is no fault of the program: the compiler crashed
 */
export async function built(entry: string, options: BuildOptions, make: Make = build): Promise<Told> {
  try {
    const { diagnostics, files, ...rest } = await make(entry, options);
    return { made: packed(rest), diagnostics, files };
  } catch (error) {
    if (!(error instanceof BuildError) || error.cause !== undefined) throw error;
    return { diagnostics: error.diagnostics, files: error.files };
  }
}

function packed({
  wasm,
  manifest,
  sourceMap,
}: Pick<Build, "wasm" | "manifest" | "sourceMap">): NonNullable<Told["made"]> {
  return {
    wasm: Buffer.from(wasm).toString("base64"),
    manifest,
    ...(sourceMap !== undefined && { sourceMap }),
  };
}
