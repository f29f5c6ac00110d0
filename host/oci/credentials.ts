/** Credentials: who one is to a registry. */
import type { Awaitable } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import { isGroup } from "../option.ts";

/** A user and a password (often a token that was made for this), or a bearer token of the registry's own. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

/** The credentials for a registry. @param host `ghcr.io`, `localhost:5000`; @returns nothing to be nobody */
export type CredentialsFor = (host: string) => Awaitable<Credentials | undefined>;

/** @throws PluginError `argument`, which says nothing of what was found */
export async function credentialsFor(
  host: string,
  given: Credentials | CredentialsFor | undefined,
): Promise<Credentials | undefined> {
  const found: unknown = typeof given === "function" ? await asked(given, host) : given;
  if (found === undefined) return undefined;
  const { username, password, token } = (isGroup(found) ? found : {}) as {
    readonly username?: unknown;
    readonly password?: unknown;
    readonly token?: unknown;
  };
  // A colon would end the name of the user, and a line the header.
  if (isLine(username) && isLine(password) && !username.includes(":")) return { username, password };
  if (isLine(token) && /^[!-~]+$/.test(token)) return { token };
  const wanted = "wanted { username, password } or { token }, texts of one line, a username without a colon";
  throw new PluginError("argument", `could not use the credentials for ${host}: ${wanted}`);
}

function isLine(value: unknown): value is string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return typeof value === "string" && value !== "" && value.length <= 16_384 && !/[\0-\x1f\x7f]/.test(value);
}

async function asked(given: CredentialsFor, host: string): Promise<unknown> {
  try {
    return await given(host);
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    const why = `credentials threw: ${reason(cause)}`;
    throw new PluginError("argument", `could not use the credentials for ${host}: ${why}`, { cause });
  }
}

/** The header of a user and a password. */
export function basic({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
