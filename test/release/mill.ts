/** A plugin whose arguments and answers are large, and fabrics that tell what came of its payloads. */
import { z } from "zod";
import type { Blobs, Fabric } from "../../host/fabric/fabric.ts";
import { contract, wit } from "../../host/mod.ts";
import { changePlan, publish, type Release } from "../../host/release/mod.ts";
import { eventually } from "../fabric/seen.ts";
import { build } from "../kept/build.ts";

export const NAME = "mill";
export const Mill = contract("test:payload/mill@1", {
  grind: { params: [wit.bytes()], returns: wit.bytes() },
  turns: { params: [], returns: z.uint32() },
});
/** Where calls of its only version go. */
export const SUBJECT = "call.mill.1.0.0";

/** Publishes it, and gives it all calls. */
export async function opened(fabric: Fabric): Promise<Release> {
  const entry = new URL("../guests/payload/mill.ts", import.meta.url);
  const release = await publish(fabric, (await build(entry, { optimize: "debug", sourceMap: false })).wasm);
  await changePlan(fabric, NAME, () => ({ "1.0.0": 100 }));
  return release;
}

export const grain = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (i + first) % 251);
export const isFlour = (flour: Uint8Array, of: Uint8Array) =>
  flour.length === of.length && flour.every((byte, i) => byte === of[i]! + 1);

/** What happened to payloads, whoever did it. */
export class Told {
  readonly put: string[] = [];
  readonly asked: string[] = [];
  /** Bytes that are being fetched, and the most that were. */
  fetching = 0;
  most = 0;

  /** The same fabric, watched. */
  of(fabric: Fabric): Fabric {
    const { payloads } = fabric;
    const told: Blobs = {
      put: async (bytes) => {
        const digest = await payloads.put(bytes);
        this.put.push(digest);
        return digest;
      },
      get: async (digest, most) => {
        this.asked.push(digest);
        this.fetching += most ?? 0;
        this.most = Math.max(this.most, this.fetching);
        const found = await payloads.get(digest, most);
        this.fetching -= most ?? 0;
        return found;
      },
      has: (digest) => payloads.has(digest),
      delete: (digest) => payloads.delete(digest),
    };
    return {
      ...{ shown: fabric.shown, kv: fabric.kv, blobs: fabric.blobs, payloads: told },
      maxMessageBytes: fabric.maxMessageBytes,
      serve: (...given) => fabric.serve(...given),
      call: (...given) => fabric.call(...given),
      close: () => fabric.close(),
      [Symbol.asyncDispose]: () => fabric.close(),
    };
  }

  /** Until none of them lies there any more. */
  async gone({ payloads }: Fabric): Promise<void> {
    for (const digest of this.put) await eventually(async () => !(await payloads.has(digest)));
  }
}
