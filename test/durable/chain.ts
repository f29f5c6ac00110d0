/** The chain that tests of deployments keep: each link is in the hash of all later ones, and each version hashes otherwise. */
import { z } from "zod";
import { capability, contract } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

const number = z.uint32();

/** What all versions have. */
export const Chain = contract("test:chain/chain@1", {
  link: { params: [number], returns: number },
  count: { params: [], returns: number },
});

const look = { params: [], returns: z.object({ count: number, hash: number }) } as const;

/** Of version 1 alone. */
export const First = contract("test:chain/chain@1", {
  link: { params: [number], returns: number },
  rated: { params: [number], returns: number },
  stamped: { params: [number], returns: number },
  twice: { params: [number], returns: number },
  broken: { params: [number], returns: number },
  count: { params: [], returns: number },
  hash: { params: [], returns: number },
  look,
});

const second = {
  link: { params: [number], returns: number },
  count: { params: [], returns: number },
  hash: { params: [], returns: number },
  links: { params: [], returns: z.uint64() },
  look,
} as const;

/** Of version 2 alone. */
export const Second = contract("test:chain/chain@1", second);
/** The same, by another name. */
export const Renamed = contract("test:chain/chain@2", second);

export type Version = "one" | "two" | "two-refusing" | "two-without-way" | "three";

const VERSIONS = { one: "1.0.0", two: "2.0.0", three: "3.0.0" };
const FACTORS = { one: 16_777_619, two: 31, three: 33 };

/** The hash after one more link. */
export function linked(hash: number, n: number, by: keyof typeof FACTORS): number {
  return Math.imul(hash ^ n, FACTORS[by]) >>> 0;
}

/** The hash before the first link. */
export const START = 7;

/** @param own the interface that it says it has. @default that of a package without one */
export async function wasmOf(name: Version, own?: string): Promise<Uint8Array> {
  const version = VERSIONS[name.split("-")[0] as keyof typeof VERSIONS];
  const entry = new URL(`../guests/deployment/${name}.ts`, import.meta.url);
  const options = { optimize: "debug", version, ...(own !== undefined && { interface: own }) } as const;
  return (await build(entry, options)).wasm;
}

/** What the chain asks: outside of every plugin, it goes on when plugins and their processes end. */
export class Desk {
  /** In the order of stamping, by the calls' own names. */
  readonly stamps: string[] = [];
  /** How often it was asked for a stamp. */
  asked = 0;
  rates = 0;
  /** Called within a stamping, after it was made. */
  onStamp: () => void = () => {};

  readonly grant = capability(
    "test:chain/desk@1",
    {
      rate: { params: [], returns: number, kind: "read" },
      stamp: { params: [number], returns: number, kind: "effect" },
    },
    ({ callId }) => ({
      rate: () => ++this.rates,
      stamp: () => {
        this.asked++;
        const id = callId();
        const before = this.stamps.indexOf(id);
        if (before >= 0) return before + 1;
        this.stamps.push(id);
        this.onStamp();
        return this.stamps.length;
      },
    }),
  );
}
