/** A module that a verb got, with the signatures that lie beside it. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";

export interface SignedFile {
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Signatures of its own: the files that were named, else the one beside it. */
  readonly signature: readonly Uint8Array[];
}

/** @param named files of signatures; without any, `MODULE.sig` where there is one */
export async function signedFile(
  terminal: Terminal,
  file: string,
  named: readonly string[] = [],
): Promise<SignedFile> {
  const bytes = await givenFile(terminal, file, "a module");
  const beside = `${file}.sig`;
  const found = await stat(resolve(terminal.cwd, beside)).catch(() => undefined);
  const files = named.length > 0 ? named : found?.isFile() ? [beside] : [];
  const signature = await Promise.all(files.map((each) => givenFile(terminal, each, "a signature")));
  return { file, bytes, signature };
}
