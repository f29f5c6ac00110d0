/** A contract from a file of a host: a module that exports one. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Contract } from "../../mod.ts";
import { EXIT, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { givenFile } from "./given-file.ts";

/**
 * Imports the file, which runs it, and takes the contract that it exports: the default export, or the only
 * one.
 *
 * @throws Failure when it exports none, or more than one
 */
export async function contractFile(terminal: Terminal, path: string): Promise<Contract> {
  const could = `could not use --contract ${path}`;
  const usage = { exit: EXIT.usage };
  const typed = /\.m?ts$/.test(path);
  if (!/\.m?js$/.test(path) && !typed) {
    throw new Failure(`${could}: wanted a .js or .mjs file that exports what contract() made`, usage);
  }
  if (typed && !strips()) {
    const hint = "build it first, or use Node 22.18 or newer, which reads TypeScript";
    throw new Failure(`${could}: this Node reads no TypeScript`, { ...usage, hint });
  }
  await givenFile(terminal, path, "a module that exports a contract");
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(/* @vite-ignore */ pathToFileURL(resolve(terminal.cwd, path)).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`${could}: it failed when it was imported: ${why}`, { ...usage, cause });
  }
  if (isContract(exports.default)) return exports.default;
  const found = Object.entries(exports).filter(([, value]) => isContract(value));
  if (found.length === 1) return found[0]![1] as Contract;
  const names = found.map(([name]) => name).join(", ");
  const what =
    found.length === 0 ? "it exports none" : `it exports ${names}; make one of them the default export`;
  throw new Failure(`${could}: wanted one contract, and ${what}`, usage);
}

/** Whether a value was made by `contract`, of this copy of moult or of another one. */
function isContract(value: unknown): value is Contract {
  if (typeof value !== "object" || value === null) return false;
  const { interface: name, functions } = value as Partial<Contract>;
  return typeof name?.text === "string" && Array.isArray(name.version) && functions instanceof Map;
}

/** Whether this Node runs TypeScript directly. */
function strips(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
