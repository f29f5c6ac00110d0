/** A core module made into a component, by jco, which projects install for themselves. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Build } from "../../abi/transform/mod.ts";
import { witText } from "../dev/texts/wit-text.ts";
import { Failure } from "./failure.ts";

/** The part of jco that is used: its own types would need it installed. */
interface Jco {
  componentEmbed(options: {
    readonly binary: Uint8Array;
    readonly witSource: string;
    readonly stringEncoding: "utf8" | "utf16" | "compact-utf16";
  }): Promise<Uint8Array>;
  componentNew(binary: Uint8Array, adapters: readonly never[]): Promise<Uint8Array>;
}

const ENCODINGS = { utf8: "utf8", utf16: "utf16", "latin1+utf16": "compact-utf16" } as const;

/**
 * Wraps the core of a component, which `build` makes with `component: true`.
 *
 * @param root the folder whose jco is used, before one beside moult
 * @throws Failure when jco is not installed, or cannot wrap the module
 */
export async function component({ wasm, manifest }: Build, root: string): Promise<Uint8Array> {
  const { componentEmbed, componentNew } = await jco(root);
  try {
    const binary = await componentEmbed({
      binary: wasm,
      witSource: witText(manifest),
      stringEncoding: ENCODINGS[manifest.strings],
    });
    return await componentNew(binary, []);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`could not make a component of ${manifest.name}: ${text}`, { cause });
  }
}

async function jco(root: string): Promise<Jco> {
  // Not a literal: few projects install this peer, and the type checker would look for its types.
  let name = "@bytecodealliance/jco";
  try {
    name = pathToFileURL(createRequire(join(root, "package.json")).resolve(name)).href;
  } catch {
    // It is not there; it may be beside moult.
  }
  try {
    return (await import(name)) as Jco;
  } catch (cause) {
    throw new Failure("could not make a component: @bytecodealliance/jco is not installed", {
      hint: "npm install --save-dev @bytecodealliance/jco",
      cause,
    });
  }
}
