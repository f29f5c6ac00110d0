/** AssemblyScript's own ways of calling: bare exports, the glue of `--bindings raw`, and its old loader. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ASUtil, instantiateSync } from "@assemblyscript/loader";
import type { Echo } from "./echo.ts";

/** An export whose parameters and result are numbers, or pointers. */
export type Core = (...flat: number[]) => number;

export function read(guests: string, name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(guests, name)));
}

/** A bare instance of the engine's. */
export function bare(module: Uint8Array<ArrayBuffer> | WebAssembly.Module): WebAssembly.Instance {
  const code = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
  const wanted = WebAssembly.Module.imports(code).some(({ kind }) => kind === "memory");
  const env: WebAssembly.ModuleImports = { abort };
  if (wanted) env.memory = new WebAssembly.Memory({ initial: 3 });
  const instance = new WebAssembly.Instance(code, { env });
  (instance.exports._initialize as (() => void) | undefined)?.();
  return instance;
}

export function abort(): never {
  throw new Error("aborted");
}

interface Glue {
  instantiate(module: WebAssembly.Module, imports: { env: object }): Promise<Echo>;
}

export async function bindings(guests: string): Promise<Echo> {
  const { instantiate } = (await import(pathToFileURL(join(guests, "plain.js")).href)) as Glue;
  return instantiate(new WebAssembly.Module(read(guests, "plain.wasm")), { env: {} });
}

/** With the loader's functions; callers convert pointers to values. */
export type Loaded = ASUtil & Readonly<Record<string, Core>>;

export function loader(module: Uint8Array<ArrayBuffer> | WebAssembly.Module): Loaded {
  return instantiateSync(module, { env: { abort } }).exports as unknown as Loaded;
}
