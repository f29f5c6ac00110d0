/** The folders of the benchmark. This file runs as `bench/dist/folder.js`. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const BENCH = fileURLToPath(new URL("../", import.meta.url));
export const ROOT = join(BENCH, "..");
/** What a run builds, and may delete. */
export const GUESTS = join(BENCH, "dist", "guests");
