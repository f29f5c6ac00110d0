/** Keys that a verb got: files, or the environment. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { PluginError } from "../../mod.ts";
import { keyFile } from "../../node/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";

/** The environment's variables with the text of a key. */
export const PRIVATE = "MOULT_KEY";
export const PUBLIC = "MOULT_PUBLIC_KEY";

/**
 * The private key in a file, else in `MOULT_KEY`. What it holds is in no message.
 *
 * @throws Failure when there is none
 */
export async function privateKey(terminal: Terminal, path: string | undefined): Promise<string | Uint8Array> {
  if (path !== undefined) {
    const key = await readKey(terminal, path);
    await warnOfReaders(terminal, path);
    return key;
  }
  const key = terminal.env[PRIVATE];
  if (key) return key;
  throw new Failure(`could not sign: there is no key; say --key FILE, or set ${PRIVATE} to its text`, {
    exit: EXIT.usage,
    hint: "moult keygen FILE makes one",
  });
}

/** The public keys in files; without any, the one in `MOULT_PUBLIC_KEY`, if it is set. */
export async function publicKeys(
  terminal: Terminal,
  paths: readonly string[],
): Promise<readonly (string | Uint8Array)[]> {
  if (paths.length > 0) return Promise.all(paths.map((path) => readKey(terminal, path)));
  const key = terminal.env[PUBLIC];
  return key ? [key] : [];
}

/** @throws Failure when it cannot be read, or has more bytes than a key */
async function readKey({ cwd }: Terminal, path: string): Promise<string | Uint8Array> {
  try {
    return await keyFile(resolve(cwd, path));
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause;
    throw new Failure(cause.rawMessage.replace(resolve(cwd, path), path), { exit: EXIT.usage, cause });
  }
}

/** Windows has no such bits. */
async function warnOfReaders(terminal: Terminal, path: string): Promise<void> {
  if (process.platform === "win32") return;
  const { mode } = await stat(resolve(terminal.cwd, path));
  if ((mode & 0o077) === 0) return;
  terminal.complain(
    `${terminal.style("yellow", "warning:")} others may read ${plain(path)}; chmod 600 keeps it yours`,
  );
}

/** Collects an option that may be repeated. */
export function several(path: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), path];
}
