/**
 * Programs and threads that a test starts are ordinary Node, which may not know TypeScript yet: this lets them
 * run our sources. The tests themselves are vitest's business.
 */
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

if (!isMainThread || process.env.VITEST === undefined) register("./sources-hooks.mjs", import.meta.url);
