/** The token of a server: from a file, or the environment, so that no list of processes shows it. */

import { type TokenGrant, VERBS } from "../../remote/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";

/** The environment's variable with its text. */
export const TOKEN = "MOULT_TOKEN";

/** @throws Failure for a file that has none */
export async function tokenOf(terminal: Terminal, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? terminal.env[TOKEN] || undefined : tokenIn(terminal, path);
}

/** @throws Failure for a file that has none */
export async function tokenIn(terminal: Terminal, path: string): Promise<string> {
  const token = new TextDecoder().decode(await givenFile(terminal, path, "a token")).trim();
  if (token !== "") return token;
  throw new Failure(`could not read a token from ${path}: it is empty`, { exit: EXIT.usage });
}

/** Of who may do everything. @throws Failure for a file that has none */
export async function operatorToken(terminal: Terminal, path: string | undefined): Promise<TokenGrant[]> {
  return path === undefined ? [] : [{ token: await tokenIn(terminal, path), verbs: VERBS }];
}
