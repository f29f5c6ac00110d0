/** The credentials that `docker login`, `podman login` and `oras login` have written down. */

import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import { parseJson } from "../../abi/json/parse-json.ts";
import { PluginError } from "../errors.ts";
import { isGroup } from "../option.ts";
import type { Credentials, CredentialsFor } from "./credentials.ts";

export interface DockerConfigOptions {
  /** The folder of its `config.json`. @default that in `DOCKER_CONFIG`, else `~/.docker` */
  readonly folder?: string | undefined;
}

const MOST = 1_048_576;
const entry = z.object({
  auth: z.optional(z.string()),
  username: z.optional(z.string()),
  password: z.optional(z.string()),
  registrytoken: z.optional(z.string()),
});
const shape = z.object({
  auths: z.optional(z.record(z.string(), entry)),
  credsStore: z.optional(z.string()),
  credHelpers: z.optional(z.record(z.string(), z.string())),
});

/**
 * Credentials from the `auths` of Docker's `config.json`, looked up at each use. Programs that keep credentials
 * (`credsStore`, `credHelpers`) are not run.
 *
 * @throws PluginError `argument` when it is asked and the file cannot be read, or leaves it to such a program
 */
export function dockerCredentials({ folder }: DockerConfigOptions = {}): CredentialsFor {
  return async (host) => {
    const path = join(folder ?? (process.env.DOCKER_CONFIG || join(homedir(), ".docker")), "config.json");
    const text = await textOf(path);
    if (text === undefined) return undefined;
    const refuse = (why: string) => new PluginError("argument", `could not use ${path}: ${why}`);
    let config: z.infer<typeof shape>;
    try {
      config = shape.parse(parseJson(text));
    } catch {
      // The error of a parser would quote the file.
      throw refuse("it is no configuration of Docker's");
    }
    const { auths = {}, credsStore, credHelpers = {} } = config;
    const found = namesOf(host).find((name) => Object.hasOwn(auths, name));
    const own = found === undefined ? undefined : credentialsIn(auths[found]!);
    if (own === "unreadable") throw refuse(`its entry for ${host} cannot be read`);
    if (own) return own;
    const helper = Object.hasOwn(credHelpers, host)
      ? credHelpers[host]
      : found === undefined
        ? undefined
        : credsStore;
    if (helper === undefined) return undefined;
    throw refuse(
      `it leaves ${host} to the program docker-credential-${helper}, which is not run; give the option credentials, or set MOULT_REGISTRY_USER and MOULT_REGISTRY_PASSWORD for the command`,
    );
  };
}

/** The names of a registry in it. */
function namesOf(host: string): readonly string[] {
  const plain = [host, `https://${host}`, `https://${host}/`, `https://${host}/v1/`, `https://${host}/v2/`];
  const hub = host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io";
  return hub ? ["https://index.docker.io/v1/", "docker.io", ...plain] : plain;
}

function credentialsIn(given: z.infer<typeof entry>): Credentials | "unreadable" | undefined {
  const { auth = "", username = "", password = "", registrytoken = "" } = isGroup(given) ? given : {};
  if (registrytoken !== "") return { token: registrytoken };
  if (username !== "" && password !== "") return { username, password };
  if (auth === "") return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  // Docker fills the end of a password with zeros.
  const own = { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
  return colon < 1 || own.password === "" ? "unreadable" : own;
}

async function textOf(path: string): Promise<string | undefined> {
  const there = await stat(path).catch(() => undefined);
  if (!there?.isFile()) return undefined;
  if (there.size > MOST)
    throw new PluginError("argument", `could not use ${path}: it has more than ${MOST} bytes`);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PluginError("argument", `could not use ${path}: ${(cause as Error).message}`, { cause });
  }
}
