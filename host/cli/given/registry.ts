/** Registries as the command reaches them: with Docker's credentials, a cache, and a line that shows how far it is. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { PluginError } from "../../mod.ts";
import {
  type CredentialsFor,
  dockerCredentials,
  type Pulled,
  type PullOnceOptions,
  pull,
  type RegistryOptions,
  type Stale,
} from "../../oci/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import { progress } from "../page/progress.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { several } from "./key-file.ts";

/** The environment's variables. */
const USER = "MOULT_REGISTRY_USER";
const PASSWORD = "MOULT_REGISTRY_PASSWORD";
const CACHE = "MOULT_CACHE";
const OFFLINE = "MOULT_OFFLINE";

export interface RegistryFlags {
  readonly tokenHost?: readonly string[];
  readonly plainHttp?: true;
}

/** What the help of each verb that reaches a registry says at its end. */
export const SIGNING_IN = `Who you are: what "docker login" wrote down, or ${USER} and ${PASSWORD}.\n`;

/** Adds the options to a verb. */
export function registryOptions(command: Command): Command {
  return command
    .option("--token-host <host>", "a host that may get your password for a token; more than once", several)
    .option("--plain-http", "without TLS; credentials are not sent then, but to this machine");
}

export function registryOf(
  terminal: Terminal,
  { tokenHost, plainHttp }: RegistryFlags = {},
): RegistryOptions {
  return {
    cwd: terminal.cwd,
    credentials: credentialsOf(terminal),
    ...(tokenHost && { tokenHosts: tokenHost }),
    ...(plainHttp && { plainHttp }),
  };
}

/** @throws Failure for half of a user and a password */
function credentialsOf({ env }: Terminal): CredentialsFor {
  const { [USER]: username = "", [PASSWORD]: password = "" } = env;
  if ((username === "") !== (password === ""))
    throw new Failure(`could not sign in: wanted both ${USER} and ${PASSWORD}, or neither`, {
      exit: EXIT.usage,
    });
  if (username !== "") return () => ({ username, password });
  const { DOCKER_CONFIG: folder } = env;
  return dockerCredentials(folder ? { folder } : {});
}

/** The folder of the cache: `MOULT_CACHE`, or where the system keeps such. */
export function cacheFolder({ env, cwd }: Terminal, platform: NodeJS.Platform = process.platform): string {
  const { [CACHE]: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (own) return resolve(cwd, own);
  const home = env.HOME || homedir();
  if (platform === "win32") return join(local || join(home, "AppData", "Local"), "moult", "oci");
  if (platform === "darwin") return join(home, "Library", "Caches", "moult", "oci");
  // A relative path is none, by the specification.
  return join(xdg?.startsWith("/") ? xdg : join(home, ".cache"), "moult", "oci");
}

/**
 * Pulls a module. Nothing of it is compiled.
 *
 * @throws PluginError those of `pull`; Failure
 */
export async function pulled(
  terminal: Terminal,
  reference: string,
  { tokenHost, plainHttp, ...options }: RegistryFlags & PullOnceOptions = {},
): Promise<Pulled> {
  const bar = progress(terminal);
  try {
    return await pull(reference, {
      ...registryOf(terminal, { ...(tokenHost && { tokenHost }), ...(plainHttp && { plainHttp }) }),
      cache: cacheFolder(terminal),
      signal: terminal.signal,
      offline: offlineIn(terminal),
      onStale: (stale) => warnOf(terminal, stale),
      onProgress: ({ bytes, total }) =>
        bar.draw(`pulling ${plain(reference)}: ${megabytes(bytes)} of ${megabytes(total)} MB`, bytes / total),
      ...options,
    });
  } catch (cause) {
    if (cause instanceof PluginError && cause.code === "argument")
      throw new Failure(cause.rawMessage, { exit: EXIT.usage, cause });
    throw cause;
  } finally {
    bar.end();
  }
}

function offlineIn({ env }: Terminal): boolean {
  return !["", "0", "false", "no"].includes(env[OFFLINE] ?? "");
}

function warnOf(terminal: Terminal, { reference, digest, since, cause }: Stale): void {
  const why = cause ? ` (${cause instanceof PluginError ? cause.rawMessage : cause.message})` : "";
  const what = `${reference} is taken as of ${since.toISOString()}, ${digest}, and was not asked for again${why}`;
  terminal.complain(`${terminal.style("yellow", "warning:")} ${plain(what)}`);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
