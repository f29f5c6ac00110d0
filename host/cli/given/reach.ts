/** What a plugin may reach by options that say more than a name: texts, a folder, origins. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { config, http, kv } from "../../capabilities/mod.ts";
import type { GrantName } from "../../dev/grant-name.ts";
import { GRANTS } from "../../dev/settings.ts";
import type { Grant } from "../../mod.ts";
import { type DirectoryBuckets, directoryBuckets } from "../../node/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { addGrant } from "./named-grants.ts";
import { refused } from "./refused.ts";

export interface ReachOptions {
  readonly grant?: readonly GrantName[];
  readonly config?: Readonly<Record<string, string>>;
  readonly kv?: string;
  readonly http?: readonly string[];
  readonly httpMethod?: readonly string[];
}

/** The grants of such options, and what has to be ended after the plugin. */
export interface Reach extends AsyncDisposable {
  /** The names of all that was asked for, those of `--grant` too. */
  readonly names: readonly GrantName[];
  /** They come before those of the same name. */
  readonly grants: readonly Grant[];
}

/** Adds the options to a verb. */
export function reachOptions(command: Command): Command {
  return command
    .option("--grant <name>", `let it reach ${GRANTS.join(", ")}; more than once for more`, addGrant)
    .option("--config <key=value>", "let it read a text; more than once for more", addText)
    .option("--kv <folder>", "let it keep values in a folder, and not only in memory")
    .option("--http <origin>", "let it send GET and HEAD to an origin; more than once for more", addTo)
    .option("--http-method <method>", "another method that it may send; more than once for more", addTo);
}

/** @throws Failure for what cannot be granted */
export async function reach(terminal: Terminal, options: ReachOptions): Promise<Reach> {
  const { grant = [], config: texts, kv: folder, http: origins = [], httpMethod = [] } = options;
  const grants: Grant[] = [];
  if (texts) grants.push(config(texts));
  if (origins.length > 0 || httpMethod.length > 0) grants.push(httpTo(origins, httpMethod));
  let buckets: DirectoryBuckets | undefined;
  if (folder !== undefined) {
    buckets = await bucketsIn(terminal, folder);
    grants.push(kv({ buckets, onError: (error) => terminal.say(plain(`kv: ${String(error)}`)) }));
  }
  const asked = grants.map((each) => NAMES.find(([path]) => path === each.interface.path)![1]);
  return {
    names: [...new Set([...grant, ...asked])],
    grants,
    [Symbol.asyncDispose]: async () => buckets?.close(),
  };
}

const NAMES: readonly (readonly [path: string, name: GrantName])[] = [
  ["moult:config/store", "config"],
  ["moult:http/client", "http"],
  ["moult:keyvalue/store", "kv"],
];

function httpTo(allow: readonly string[], more: readonly string[]): Grant {
  try {
    return http({ allow, methods: ["GET", "HEAD", ...more] });
  } catch (cause) {
    throw refused(cause);
  }
}

async function bucketsIn(terminal: Terminal, folder: string): Promise<DirectoryBuckets> {
  try {
    return await directoryBuckets(resolve(terminal.cwd, folder));
  } catch (cause) {
    throw refused(cause);
  }
}

function addTo(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** @throws Failure for what is no `KEY=VALUE` */
function addText(given: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=([\s\S]*)$/.exec(given) ?? [];
  if (key !== undefined && value !== undefined) {
    return Object.fromEntries([...Object.entries(before), [key, value]]);
  }
  throw new Failure(`could not use --config ${plain(given)}: wanted KEY=VALUE`, { exit: EXIT.usage });
}
