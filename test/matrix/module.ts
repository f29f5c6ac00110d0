/** The ledgers of the matrix, each built once in a test run's process. */
import { z } from "zod";
import { contract, type FunctionsOf, wit } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

export const Ledger = contract("test:matrix/ledger@1", {
  push: { params: [z.uint32()], returns: z.uint32() },
  act: { params: [z.uint32()], returns: z.uint32() },
  draw: { params: [], returns: z.uint32() },
  take: { params: [z.uint32()], returns: wit.result(z.uint32(), z.string()) },
  fill: { params: [z.uint32()] },
  history: { params: [], returns: z.array(z.uint32()) },
  ballast: { params: [], returns: z.uint32() },
});
export type LedgerFunctions = FunctionsOf<typeof Ledger>;

/** `ledger`; `by-hand`, with hooks that save and restore in chunks; `migrating` from `ledger`; `lossy`, which forgot a field. */
export type Kind = "ledger" | "by-hand" | "migrating" | "lossy";

const folder = new URL("../guests/matrix/", import.meta.url);
const built = new Map<string, Promise<Uint8Array>>();

/** @param version of the manifest */
export function module(kind: Kind, version = "1.0.0"): Promise<Uint8Array> {
  const key = `${kind} ${version}`;
  const known = built.get(key);
  if (known) return known;
  const options = { optimize: "debug", sourceMap: false, version } as const;
  const wasm = build(new URL(`${kind}.ts`, folder), options).then((made) => made.wasm);
  built.set(key, wasm);
  return wasm;
}
