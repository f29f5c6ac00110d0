/** The fabric that was named: where versions are published, hosted and rolled out. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { directoryFabric } from "../../node/mod.ts";
import { type Fabric, httpFabric } from "../../remote/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { refused } from "./refused.ts";
import { tokenOf } from "./token.ts";

export interface FabricOptions {
  readonly fabric?: string;
  readonly tokenFile?: string;
}

/** The environment's variable with its URL. */
export const FABRIC = "MOULT_FABRIC";

/** Fabrics by the beginning of their URLs; any other text is a directory. */
const OPENERS: readonly (readonly [RegExp, (url: string, token: string | undefined) => Promise<Fabric>])[] = [
  [/^nats:\/\//, overNats],
  [/^https?:\/\//, (url, token) => httpFabric(url, token === undefined ? {} : { token })],
];

export function fabricOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--fabric <url>", `nats://…, http://… or a directory; else ${FABRIC}`).argParser(String),
    )
    .option("--token-file <file>", "a file with the token of its server; else MOULT_TOKEN");
}

/** @param url where, if not by the options @throws Failure where none was named, or it is not there */
export async function openFabric(
  terminal: Terminal,
  { fabric, tokenFile }: FabricOptions,
  url: string | undefined = fabric ?? terminal.env[FABRIC],
): Promise<Fabric> {
  if (!url) {
    const hint = `say --fabric nats://127.0.0.1:4222, an http:// URL or a directory, or set ${FABRIC}`;
    throw new Failure("no fabric was named", { exit: EXIT.usage, hint });
  }
  const token = await tokenOf(terminal, tokenFile);
  const [, open] = OPENERS.find(([form]) => form.test(url)) ?? [];
  if (!open && /^[a-z][a-z0-9+.-]+:\/\//i.test(url))
    throw new Failure(`${url} is no fabric that is known: nats://, http://, https://, or a directory`, {
      exit: EXIT.usage,
    });
  const opening = open ? open(url, token) : directoryFabric(resolve(terminal.cwd, url));
  return opening.catch((cause) => Promise.reject(refused(cause)));
}

/** Its packages are the user's own: who does not use it has not installed them. */
async function overNats(url: string, token: string | undefined): Promise<Fabric> {
  const part = await import("../../nats/mod.ts").catch((cause) => {
    const hint = "npm install @nats-io/transport-node @nats-io/jetstream @nats-io/kv @nats-io/obj";
    throw new Failure("could not load what speaks with NATS", { cause, hint });
  });
  return part.natsFabric(url, token === undefined ? {} : { token });
}
