/** Plugins that call one another: `top` calls `middle` and `base`, and `middle` calls `base`. */
import { z } from "zod";
import { contract } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

/** Of any of them. */
export const Adding = contract("test:dependencies/base@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
});

const named = (name: string) =>
  contract(`test:dependencies/${name}@1`, {
    add: { params: [z.uint32()], returns: z.uint32() },
    total: { params: [], returns: z.uint32() },
  });
export const Base = named("base");
export const Middle = named("middle");
export const Top = named("top");

/** A function of `base` that traps. */
export const Failing = contract("test:dependencies/base@1", { fail: { params: [], returns: z.uint32() } });

export const Below = contract("test:dependencies/middle@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  total: { params: [], returns: z.uint32() },
  below: { params: [], returns: z.uint32() },
  sumBelow: { params: [], returns: z.uint32() },
  half: { params: [z.uint32()], returns: z.string() },
  failBelow: { params: [], returns: z.uint32() },
});

const folder = new URL("../guests/dependencies/", import.meta.url);
const built = new Map<string, Promise<Uint8Array>>();

export interface GuestOptions {
  /** @default 1.0.0 */
  readonly version?: string;
  /** The name of the plugin. @default the first word of the file's */
  readonly name?: string;
  /** @default `test:dependencies/NAME@1.0.0` */
  readonly interface?: string | undefined;
}

/** @param file in `test/guests/dependencies` */
export function guest(file: string, options: GuestOptions = {}): Promise<Uint8Array> {
  const { version = "1.0.0", name = file.replace(/-.*/, "") } = options;
  const own = options.interface ?? `test:dependencies/${name}@1.0.0`;
  const key = `${file} ${version} ${name} ${own}`;
  const known = built.get(key);
  if (known) return known;
  const how = { optimize: "debug", sourceMap: false, version, name, interface: own } as const;
  const wasm = build(new URL(`${file}.ts`, folder), how).then((made) => made.wasm);
  built.set(key, wasm);
  return wasm;
}
