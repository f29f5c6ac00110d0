/** jco: components, transpiled to JavaScript ahead of time. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Echo } from "./echo.ts";

const WIT = `package bench:echo@1.0.0;
interface echo {
  record item {
    id: u32, count: s32, big: s64, ratio: f64, scale: f32, active: bool,
    name: string, city: string, note: string, tags: list<string>,
  }
  add: func(a: s32, b: s32) -> s32;
  text: func(value: string) -> string;
  bytes: func(value: list<u8>) -> list<u8>;
  pass: func(value: item) -> item;
}
world guest { export echo; }`;

/**
 * Makes a component of a core module, and JavaScript of the component. Strings are UTF-16, as in
 * AssemblyScript.
 */
export async function transpile(jco: "jco" | "jco-1.8", core: Uint8Array, to: string): Promise<void> {
  const { componentEmbed, componentNew, transpile } =
    jco === "jco" ? await import("jco") : await import("jco-1.8");
  const binary = await componentEmbed({ binary: core, witSource: WIT, stringEncoding: "utf16" });
  const component = await componentNew(binary, []);
  const { files } = await transpile(component, {
    name: "echo",
    instantiation: jco === "jco" ? { tag: "async" } : "async",
    noTypescript: true,
  });
  const all = [...Object.entries(files), ["package.json", '{"type":"module"}'] as const];
  for (const [name, bytes] of all) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, name), bytes);
  }
}

type Compile = (path: string) => WebAssembly.Module | Promise<WebAssembly.Module>;

interface Transpiled {
  instantiate(compile: Compile, imports: object): Promise<{ echo: Echo }>;
}

export interface Jco {
  /** The core modules, by path, for the caller to compile. */
  readonly cores: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  instantiate(compile: Compile): Promise<Echo>;
}

export async function jco(folder: string): Promise<Jco> {
  const { instantiate } = (await import(pathToFileURL(join(folder, "echo.js")).href)) as Transpiled;
  const cores = new Map<string, Uint8Array<ArrayBuffer>>();
  await instantiate((path) => {
    const bytes = new Uint8Array(readFileSync(join(folder, path)));
    cores.set(path, bytes);
    return WebAssembly.compile(bytes);
  }, {});
  return { cores, instantiate: async (compile) => (await instantiate(compile, {})).echo };
}

export async function jcoEcho(folder: string): Promise<Echo> {
  const { cores, instantiate } = await jco(folder);
  return instantiate((path) => WebAssembly.compile(cores.get(path)!));
}
