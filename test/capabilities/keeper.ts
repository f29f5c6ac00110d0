/** The plugin that the tests of `config` and `kv` load. */
import { z } from "zod";
import { contract, type Grant, type LoadOptions, load, wit } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

export const Keeper = contract("test:capabilities/keeper@1", {
  setting: { params: [z.string()], returns: z.optional(z.string()) },
  settings: { params: [], returns: z.map(z.string(), z.string()) },
  put: { params: [z.string(), z.string()], returns: z.string() },
  putBytes: { params: [z.string(), z.uint32()], returns: z.string() },
  text: { params: [z.string()], returns: z.optional(z.string()) },
  bytes: { params: [z.string()], returns: z.optional(wit.bytes()) },
  has: { params: [z.string()], returns: z.boolean() },
  keys: { params: [z.string()], returns: z.array(z.string()) },
  remove: { params: [z.string()], returns: z.string() },
  append: { params: [z.string()], returns: z.string() },
  putBoth: { params: [z.string(), z.string(), z.string()] },
  writes: { params: [], returns: z.uint32() },
});

const folder = new URL("../guests/capabilities/", import.meta.url);
const built = new Map<string, Promise<Uint8Array>>();

/** A version of a guest in `test/guests/capabilities`. */
export function module(file: string, version = "1.0.0", name = file): Promise<Uint8Array> {
  const key = `${file} ${version} ${name}`;
  const made =
    built.get(key) ??
    build(new URL(`${file}.ts`, folder), { optimize: "debug", version, name }).then(({ wasm }) => wasm);
  built.set(key, made);
  return made;
}

export async function keeper(
  grant: readonly Grant[],
  { name = "keeper", ...options }: LoadOptions & { readonly name?: string } = {},
) {
  return load(Keeper, await module("keeper", "1.0.0", name), { ...options, grant });
}
