/**
 * A plugin that a verb got as an argument: a module's file, one in a registry, or a plugin's folder or entry file,
 * which is built in memory.
 */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AbiError, type Manifest, parseManifest, v1 } from "../../../abi/tools.ts";
import { foreign, Malformed } from "../../../abi/wasm/mod.ts";
import { type GrantName, grantNameOf } from "../../dev/grant-name.ts";
import type { GuestOrigin } from "../../dev/guest-stack.ts";
import { recipe } from "../../dev/recipe.ts";
import { type Grant, type LoadOptions, load, type Plugin, PluginError } from "../../mod.ts";
import { Failure } from "../failure.ts";
import { fileKind, whatItIs } from "../inspected/file-kind.ts";
import { readWasm, type WasmModule } from "../inspected/wasm-module.ts";
import type { Terminal } from "../terminal.ts";
import { builtInMemory } from "./built-in-memory.ts";
import { isolationFor } from "./isolation.ts";
import { logSink } from "./log-sink.ts";
import { namedGrants } from "./named-grants.ts";
import { signedFile } from "./signed-file.ts";

export interface PluginFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same module, where it is compiled already. */
  readonly compiled?: WebAssembly.Module;
  readonly module: WasmModule;
  readonly manifest: Manifest;
  /** The grants in its project's settings. */
  readonly grants: readonly GrantName[];
  /** The source map as JSON: that of the build, or the file beside a built module. */
  readonly sourceMap?: string;
  /** Where it was built, if it was. */
  readonly origin?: GuestOrigin;
  /** Signatures that lie beside it. */
  readonly signatures?: readonly Uint8Array[];
}

/**
 * Reads a plugin, or builds it.
 *
 * @param file relative to the terminal's folder
 * @param optimize how sources are built
 * @param lock says what references to registries stand for
 * @throws Failure for a file that is not a plugin; BuildError; ProjectError
 */
export async function pluginFile(
  terminal: Terminal,
  file: string,
  optimize: "debug" | "release",
  lock?: LoadOptions["lock"],
): Promise<PluginFile> {
  const full = resolve(terminal.cwd, file);
  const found = await stat(full).catch(() => undefined);
  if (found?.isDirectory() || (found && file.endsWith(".ts"))) {
    const source = await recipe(full, optimize);
    const { wasm, sourceMap } = await builtInMemory(terminal, source);
    const plugin = read(new Uint8Array(wasm), file, source.project.grant);
    const origin = { entry: source.project.entry, from: terminal.cwd };
    return { ...plugin, origin, ...(sourceMap && { sourceMap }) };
  }
  const { bytes, signature: signatures, pulled } = await signedFile(terminal, file, [], lock && { lock });
  const plugin = { ...read(bytes, file, []), signatures };
  if (pulled) return plugin;
  const sourceMap = await readFile(`${full}.map`, "utf8").catch(() => undefined);
  return { ...plugin, ...(sourceMap && { sourceMap }) };
}

function read(bytes: Uint8Array<ArrayBuffer>, file: string, grants: readonly GrantName[]): PluginFile {
  const refuse = (problem: string, more?: { cause?: unknown; hint?: string }) =>
    new Failure(`could not load ${file}: ${problem}`, more);
  if (fileKind(bytes) !== "module") throw refuse(`it is ${whatItIs(bytes)}`);
  try {
    const module = readWasm(bytes);
    const [manifest] = module.custom(v1.MANIFEST);
    if (manifest === undefined) throw refuse(...withoutManifest(module, bytes));
    return { bytes, module, manifest: parseManifest(manifest), grants };
  } catch (cause) {
    if (cause instanceof Malformed || cause instanceof AbiError) throw refuse(cause.message, { cause });
    throw cause;
  }
}

function withoutManifest(module: WasmModule, bytes: Uint8Array<ArrayBuffer>): [string, { hint?: string }] {
  if (!WebAssembly.validate(bytes))
    return ["it is not valid WebAssembly", { hint: "moult inspect says why" }];
  const problem = "it has no manifest, so it does not tell the types of its functions";
  const known = foreign({ ...module, section: (name) => module.custom(name).length > 0 });
  const hint = known
    ? `it looks like ${known.looksLike} (${known.because}): ${known.help}`
    : "build it with moult's transform; a plain AssemblyScript module is loaded by a program, with a contract";
  return [problem, { hint }];
}

export interface OpenOptions extends Omit<LoadOptions, "grant"> {
  /** By name. */
  readonly grant: readonly GrantName[];
  /** These come first. @default none */
  readonly made?: readonly Grant[];
}

/**
 * Loads the plugin. Its log lines are printed.
 *
 * @throws Failure which names a missing `--grant`; PluginError
 */
export async function openPlugin(
  terminal: Terminal,
  { bytes, compiled, manifest, grants, signatures = [] }: PluginFile,
  { grant, made = [], ...options }: OpenOptions,
): Promise<Plugin> {
  const demands = options.trust ?? options.lock;
  const sink = logSink((line) => terminal.say(line));
  const given = namedGrants([...grants, ...grant], sink);
  try {
    return await terminal.blocking(() =>
      load(compiled ?? bytes, {
        ...isolationFor([...made, ...given]),
        ...options,
        ...(demands && signatures.length > 0 && { signature: signatures }),
        grant: [made, given],
        signal: terminal.signal,
      }),
    );
  } catch (cause) {
    if (!(cause instanceof PluginError) || cause.code !== "missing-grant") throw cause;
    const hint = grantHint(manifest, [...grants, ...grant]);
    throw new Failure(cause.message, { cause, ...(hint !== "" && { hint }) });
  }
}

/** Options without which a grant has nothing in it. */
const OPTION: Readonly<Partial<Record<GrantName, string>>> = {
  config: "--config KEY=VALUE",
  http: "--http ORIGIN",
};

function grantHint(manifest: Manifest, given: readonly GrantName[]): string {
  const wanted = manifest.imports.map((each) => grantNameOf(each.interface));
  const missing = [...new Set(wanted)].flatMap((name) => {
    return name !== undefined && !given.includes(name) ? [OPTION[name] ?? `--grant ${name}`] : [];
  });
  const own = wanted.includes(undefined) ? ["only a host's program can grant a capability of its own"] : [];
  return [...(missing.length > 0 ? [`give it ${missing.join(" ")}`] : []), ...own].join("; ");
}
