/** The fabric that was named: where versions are published, hosted and rolled out. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { directoryFabric } from "../../node/mod.ts";
import { type Fabric, type HttpNodeOptions, httpFabric } from "../../remote/mod.ts";
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

interface Given {
  readonly token?: string;
  /** Where a node of a hub listens. */
  readonly node?: HttpNodeOptions;
}

/** Fabrics by the beginning of their URLs; any other text is a directory. */
const OPENERS: readonly (readonly [RegExp, (url: string, given: Given) => Promise<Fabric>])[] = [
  [/^nats:\/\//, overNats],
  [/^https?:\/\//, httpFabric],
];

export function fabricOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--fabric <url>", `nats://…, http://… or a directory; else ${FABRIC}`).argParser(String),
    )
    .option("--token-file <file>", "a file with the token of its server; else MOULT_TOKEN");
}

/**
 * @param node where this process listens for its callers, which only nodes of a hub do
 * @param url where, if not by the options
 * @throws Failure where none was named, or it is not there
 */
export async function openFabric(
  terminal: Terminal,
  { fabric, tokenFile, node }: FabricOptions & { readonly node?: HttpNodeOptions | undefined },
  url: string | undefined = fabric ?? terminal.env[FABRIC],
): Promise<Fabric> {
  if (!url) {
    const hint = `say --fabric http://127.0.0.1:4900 (moult hub), nats://127.0.0.1:4222 or a directory, or set ${FABRIC}`;
    throw new Failure("no fabric was named", { exit: EXIT.usage, hint });
  }
  const token = await tokenOf(terminal, tokenFile);
  const [, open] = OPENERS.find(([form]) => form.test(url)) ?? [];
  if (!open && /^[a-z][a-z0-9+.-]+:\/\//i.test(url))
    throw new Failure(`${url} is no fabric that is known: nats://, http://, https://, or a directory`, {
      exit: EXIT.usage,
    });
  if (node && !/^https?:/.test(url))
    throw new Failure(
      `nodes of ${url} have no address of their own: --host, --port and --url are for those of a hub`,
      {
        exit: EXIT.usage,
      },
    );
  const given = { ...(token !== undefined && { token }), ...(node && { node }) };
  const opening = open ? open(url, given) : directoryFabric(resolve(terminal.cwd, url));
  return opening.catch((cause) => Promise.reject(refused(cause)));
}

/** Its packages are the user's own: who does not use it has not installed them. */
async function overNats(url: string, { token }: Given): Promise<Fabric> {
  const part = await import("../../nats/mod.ts").catch((cause) => {
    const hint = "npm install @nats-io/transport-node @nats-io/jetstream @nats-io/kv @nats-io/obj";
    throw new Failure("could not load what speaks with NATS", { cause, hint });
  });
  return part.natsFabric(url, token === undefined ? {} : { token });
}
