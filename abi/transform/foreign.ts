/**
 * Imports that no capability describes: AssemblyScript's library has some, for hosts that are browsers or
 * Node.
 */
import type { UnknownImport } from "./finish.ts";

const INSTEAD: readonly (readonly [prefix: string, what: string])[] = [
  ["env.console", 'there is no console: write log.info() of "moult/guest"'],
  ["env.trace", 'there is no trace(): write log.debug() of "moult/guest"'],
  ["env.Date", 'the time is the host\'s: write clock.now() of "moult/guest"'],
  ["env.performance", 'the time is the host\'s: write clock.monotonic() of "moult/guest"'],
  ["env.crypto", 'random numbers are the host\'s: write random.bytes() of "moult/guest"'],
  ["env.process", "there is no process: a plugin reaches what its host grants it, and nothing else"],
];

/** The message about an import that no capability describes. */
export function foreignImport({ module, name, kind }: UnknownImport): string {
  const full = `${module}.${name}`;
  const known = INSTEAD.find(([prefix]) => full.startsWith(prefix));
  if (known !== undefined) return known[1];
  if (kind === "global") {
    const instead = "ask for its value by a static method of a @capability class";
    return `the code imports the variable ${full}, and a host grants functions: ${instead}`;
  }
  const instead = "declare it as a static method of a @capability class";
  return `the code imports ${full}, which no host can know: ${instead}`;
}
