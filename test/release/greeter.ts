/** A plugin in several versions, published and called in a fabric. */
import { z } from "zod";
import { contract, wit } from "../../host/mod.ts";
import type { ReleaseHost } from "../../host/release/mod.ts";
import { build } from "../kept/build.ts";

export const NAME = "greeter";
export const Greeter = contract("test:release/greeter@1", {
  greet: { params: [z.uint32()], returns: wit.result(z.string(), z.string()) },
});
export const Whole = contract("test:release/greeter@1", {
  greet: { params: [z.uint32()], returns: wit.result(z.string(), z.string()) },
  long: { params: [z.uint32()], returns: z.string() },
  forever: { params: [] },
});
/** What those call who know of a later version alone. */
export const Wider = contract("test:release/greeter@1", {
  greet: { params: [z.uint32()], returns: wit.result(z.string(), z.string()) },
  shout: { params: [z.uint32()], returns: z.string() },
});
export const Skewed = contract("test:release/greeter@1", {
  greet: { params: [z.string()], returns: z.string() },
});

const folder = new URL("../guests/release/", import.meta.url);

/** @param kind `good`, `bad`, `skewed`, `wider` */
export async function greeter(kind: string, version: string): Promise<Uint8Array> {
  return (await build(new URL(`${kind}.ts`, folder), { optimize: "debug", sourceMap: false, version })).wasm;
}

/** Asks at every event of a host until it is so. */
export function hosts(host: ReleaseHost, wanted: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const found = Object.fromEntries(host.hosted.map(({ version, status }) => [version, status]));
      const same = Object.entries(wanted).every(([version, status]) => (found[version] ?? "gone") === status);
      if (same) resolve();
      else setTimeout(look, 5);
    };
    look();
  });
}

export const KEYS = Array.from({ length: 300 }, (_, i) => `user-${i}`);
