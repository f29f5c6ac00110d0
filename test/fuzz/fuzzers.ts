/** All fuzzers. */
import { frames } from "./frames.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { locks } from "./locks.ts";
import { logs } from "./logs.ts";
import { manifests } from "./manifests.ts";
import { modules } from "./modules.ts";
import { peers } from "./peers.ts";
import { rewriter } from "./rewriter.ts";
import { signatures } from "./signatures.ts";
import { snapshots } from "./snapshots.ts";
import { values } from "./values.ts";

export const FUZZERS: readonly Fuzzer[] = [
  modules,
  manifests,
  snapshots,
  logs,
  values,
  signatures,
  locks,
  frames,
  peers,
  rewriter,
];
