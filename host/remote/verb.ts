/** What a caller of a server may do with what is served. */
import { misfit } from "../option.ts";

/** In the order in which messages name them. */
export const VERBS = ["call", "swap", "rollback", "snapshot", "history", "status"] as const;

/**
 * `call` calls functions; `swap` replaces the code, and accepts a version on probation; `rollback` ends a probation the
 * other way; `snapshot` reads the whole state; `history` and `status` tell what became of the plugin, and how it is.
 */
export type Verb = (typeof VERBS)[number];

/** What is granted where nothing is said. */
export const BY_DEFAULT: readonly Verb[] = ["call"];

/** @throws PluginError `argument` */
export function checkVerbs(given: unknown): asserts given is readonly Verb[] {
  if (Array.isArray(given) && given.length > 0 && given.every((each) => VERBS.includes(each))) return;
  throw misfit(Array.isArray(given) ? given.join(", ") : given, "verbs", `a list of ${VERBS.join(", ")}`);
}
