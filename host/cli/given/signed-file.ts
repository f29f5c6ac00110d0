/** A module that a verb got, with the signatures that lie beside it. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";
import { type ModuleFile, moduleFile } from "./module-file.ts";

export interface SignedFile {
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Signatures of its own: the files that were named, else the one beside it. */
  readonly signature: readonly Uint8Array[];
  /** Where it was pulled from; missing for a file. */
  readonly pulled?: ModuleFile["pulled"];
}

/**
 * @param file or a reference to a registry, with which signatures come
 * @param named files of signatures; without any, `MODULE.sig` where there is one
 */
export async function signedFile(
  terminal: Terminal,
  file: string,
  named: readonly string[] = [],
  options: Parameters<typeof moduleFile>[2] = {},
): Promise<SignedFile> {
  const { bytes, pulled } = await moduleFile(terminal, file, options);
  const beside = `${file}.sig`;
  const found = pulled ? undefined : await stat(resolve(terminal.cwd, beside)).catch(() => undefined);
  const files = named.length > 0 ? named : found?.isFile() ? [beside] : [];
  const signature = await Promise.all(files.map((each) => givenFile(terminal, each, "a signature")));
  if (pulled) return { file, bytes, pulled, signature: named.length > 0 ? signature : pulled.signatures };
  return { file, bytes, signature };
}
