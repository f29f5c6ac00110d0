/** Every verb of the command, in the order in which an author meets them. */
import { bench } from "./bench.ts";
import { build } from "./build.ts";
import { dev } from "./dev.ts";
import { inspect } from "./inspect.ts";
import { run } from "./run.ts";
import type { Verb } from "./verb.ts";

export const VERBS: readonly Verb[] = [dev, build, run, inspect, bench];
