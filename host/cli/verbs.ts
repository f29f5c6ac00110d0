/** Every verb of the command, in the order in which an author meets them. */
import { checkVerb } from "./check.ts";
import type { Verb } from "./verb.ts";

export const VERBS: readonly Verb[] = [checkVerb];
