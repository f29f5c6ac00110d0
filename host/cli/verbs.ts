/** Every verb of the command, in the order in which an author meets them. */
import { build } from "./build.ts";
import { inspect } from "./inspect.ts";
import type { Verb } from "./verb.ts";

export const VERBS: readonly Verb[] = [build, inspect];
