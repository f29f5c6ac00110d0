/** A server of moult's that a verb talks to. */
import type { Command } from "commander";
import { connect, type Remote } from "../../remote/mod.ts";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";
import { refused } from "./refused.ts";
import { tokenOf } from "./token.ts";
import { whole } from "./whole.ts";

export interface ServerOptions {
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly timeout: number;
}

export function serverOptions(command: Command): Command {
  return command
    .argument("<url>", "as moult serve prints it")
    .option("--token-file <file>", "a file with the token of the server; else MOULT_TOKEN")
    .option("--ca <file>", "the authority that its certificate is trusted by (PEM); else those of the system")
    .option("--timeout <ms>", "milliseconds that it may take", whole(1, 2 ** 31 - 1), 30_000);
}

/** @throws Failure for what cannot be connected to with that */
export async function server(
  terminal: Terminal,
  url: string,
  { tokenFile, ca: file, timeout }: ServerOptions,
): Promise<Remote> {
  const token = await tokenOf(terminal, tokenFile);
  const ca = file === undefined ? undefined : await givenFile(terminal, file, "a certificate");
  try {
    return await connect(url, { timeout, ...(token !== undefined && { token }), ...(ca && { ca }) });
  } catch (cause) {
    throw refused(cause);
  }
}
