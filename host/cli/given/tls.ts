/** The certificate and the key that a server speaks TLS with. */
import type { Command } from "commander";
import type { HttpOptions } from "../../remote/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";

export interface TlsFiles {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Adds the options to a verb. */
export function tlsOptions(command: Command): Command {
  return command
    .option("--tls-cert <file>", "serve over TLS, with this certificate (PEM)")
    .option("--tls-key <file>", "and its private key (PEM)");
}

/** @throws Failure for one without the other, and for a file that cannot be read */
export async function tlsOf(
  terminal: Terminal,
  { tlsCert, tlsKey }: TlsFiles,
): Promise<Pick<HttpOptions, "tls">> {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined)
    throw new Failure("could not serve over TLS: give --tls-cert and --tls-key", { exit: EXIT.usage });
  const cert = await givenFile(terminal, tlsCert, "a certificate");
  return { tls: { cert, key: await givenFile(terminal, tlsKey, "a private key") } };
}
