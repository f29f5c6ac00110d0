/** Broken guests: AssemblyScript from `test/guests/faults`, each built once in a test run's process, and WebAssembly by hand. */
import wabt from "wabt";
import { z } from "zod";
import { contract, PluginError } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

/** What nearly every guest here serves. */
export const Counter = contract("test:faults/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});

const folder = new URL("../guests/faults/", import.meta.url);
const built = new Map<string, Promise<Uint8Array>>();

/**
 * @param version of the manifest
 * @param plugin its name there
 */
export function guest(name: string, version = "1.0.0", plugin = "counter"): Promise<Uint8Array> {
  const key = `${name} ${version} ${plugin}`;
  const known = built.get(key);
  if (known) return known;
  const options = { optimize: "debug", sourceMap: false, version, name: plugin } as const;
  const wasm = build(new URL(`${name}.ts`, folder), options).then((made) => made.wasm);
  built.set(key, wasm);
  return wasm;
}

export type ManifestParts = Readonly<Record<string, unknown>>;

/** The manifest of a plugin that has nothing, with some things instead. */
export function manifest(parts: ManifestParts = {}): ManifestParts {
  return { name: "hand", version: "1.0.0", strings: "utf8", exports: [], imports: [], ...parts };
}

export interface WatOptions {
  /** Text stands for itself; `undefined` leaves the section out. @default manifest() */
  readonly manifest?: ManifestParts | string | Uint8Array | undefined;
  /** @default [1] */
  readonly markers?: readonly number[];
}

/** What engines have had for long, and the text format wants to be told. */
const FEATURES = { exceptions: true };

/** A module in the text format, with the marker and the manifest of the ABI. */
export async function wat(fields: string, options: WatOptions = {}): Promise<Uint8Array> {
  const { markers = [1] } = options;
  const said = "manifest" in options ? options.manifest : manifest();
  const marks = markers.map((n) => `(func (export "moult_abi_${n}"))`).join("\n");
  const { parseWat } = await wabt();
  const module = parseWat("hand.wat", `(module ${fields} ${marks})`, FEATURES);
  const bytes = module.toBinary({}).buffer;
  module.destroy();
  if (said === undefined) return bytes;
  const json = typeof said === "string" || said instanceof Uint8Array ? said : JSON.stringify(said);
  return withSection(
    bytes,
    "moult:manifest",
    typeof json === "string" ? new TextEncoder().encode(json) : json,
  );
}

/** Adds a custom section at the end. */
export function withSection(module: Uint8Array, name: string, payload: Uint8Array): Uint8Array {
  const label = new TextEncoder().encode(name);
  const body = [...leb(label.length), ...label];
  const size = leb(body.length + payload.length);
  const all = new Uint8Array(module.length + 1 + size.length + body.length + payload.length);
  all.set(module);
  all.set([0, ...size, ...body], module.length);
  all.set(payload, all.length - payload.length);
  return all;
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** A memory of one page, and `cabi_realloc`: what is allocated lies from 1024 on. */
export const ALLOCATOR = `
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get 3))))`;

/** The code and the whole message of what a promise was refused with. Files of this checkout lose their folder. */
export async function refused(work: Promise<unknown> | (() => unknown)): Promise<string> {
  const error = await failure(work);
  return said(error);
}

/** The PluginError itself. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<PluginError> {
  let answer: unknown;
  try {
    answer = await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error(`it was not refused: it answered ${String(answer)}`);
}

/** `code: message`, with places in the guest's files left out: they move when a line does. */
export function said(error: PluginError): string {
  const { code, message } = error;
  if (!message.startsWith(`[${code}] `))
    throw new Error(`the message does not begin with its code: ${message}`);
  return message
    .replaceAll(/ \((?:\.\.\/|~lib\/)?[\w./~-]+\.ts:\d+:\d+\)/g, "")
    .replaceAll(/file:\/\/\/\S*\/(?=[\w.-]+\b)/g, "file:///");
}
