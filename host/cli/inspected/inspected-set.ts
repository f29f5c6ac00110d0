/** Several plugins, as they would call one another. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileSource, folder } from "../../node/mod.ts";
import { type Dependency, type ExaminedSet, examineAll } from "../../set/mod.ts";
import { EXIT, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

export interface InspectedSet extends Pick<ExaminedSet, "dependencies" | "asks" | "order" | "problems"> {
  readonly plugins: readonly InspectedMember[];
}

export interface InspectedMember {
  readonly name: string;
  readonly version: string;
  /** The interface that it serves. */
  readonly interface: string | undefined;
  readonly sha256: string | undefined;
}

/** Whether the arguments stand for plugins that are to be shown together. */
export async function isSet({ cwd }: Terminal, paths: readonly string[]): Promise<boolean> {
  if (paths.length !== 1) return true;
  const found = await stat(resolve(cwd, paths[0]!)).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** @throws Failure for a path where nothing is; PluginError for a file that is no plugin */
export async function inspectSet({ cwd, signal }: Terminal, paths: readonly string[]): Promise<InspectedSet> {
  const sources = await Promise.all(paths.map((path) => sourcesOf(path, resolve(cwd, path))));
  const { plugins, dependencies, asks, order, problems } = await examineAll(sources.flat(), { signal });
  const members = plugins.map(({ manifest, digest }) => {
    const { name, version, interface: own } = manifest;
    return { name, version, interface: own, sha256: digest };
  });
  return { plugins: members, dependencies, asks, order, problems };
}

async function sourcesOf(path: string, full: string) {
  const found = await stat(full).catch(() => undefined);
  if (found?.isFile()) return [fileSource(full)];
  if (!found?.isDirectory()) {
    throw new Failure(`could not read ${path}: there is no such file or folder`, { exit: EXIT.usage });
  }
  const all = await folder(full);
  if (all.length === 0)
    throw new Failure(`could not read ${path}: no .wasm file is in it`, { exit: EXIT.usage });
  // What each may call is for `permit` to say; here it is shown what each would.
  return all.map(({ source }) => source);
}

/** A graph for Mermaid. Names may contain anything, so they stand in quotes, and nodes are numbered. */
export function mermaid({ plugins, dependencies, asks }: InspectedSet): string {
  const numbers = new Map(plugins.map(({ name }, i) => [name, i]));
  const hosts = [...new Set(asks.map((each) => each.interface))];
  const quoted = (text: string) => `"${text.replace(/["&<>#]/g, (char) => `#${char.charCodeAt(0)};`)}"`;
  const arrow = (from: string, to: string, { functions }: Pick<Dependency, "functions">) =>
    `  p${numbers.get(from)} -->|${quoted(functions.join(", "))}| ${to}`;
  return [
    "graph TD",
    ...plugins.map(({ name, version }, i) => `  p${i}[${quoted(`${name} ${version}`)}]`),
    ...hosts.map((name, i) => `  h${i}([${quoted(name)}])`),
    ...dependencies.map((each) => arrow(each.from, `p${numbers.get(each.to)}`, each)),
    ...asks.map((each) => arrow(each.plugin, `h${hosts.indexOf(each.interface)}`, each)),
  ].join("\n");
}
