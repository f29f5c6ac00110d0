/** Each generation has a color, which speaks of nothing else. */
import type { Transition, VersionRecord } from "../../transition.ts";

/** Colors beside that of the first generation, which come again. */
const HUES = 4;

/** The name of a color: `--g2` */
export function colorOf(generation: number): string {
  return `--g${generation <= 1 ? 1 : ((generation - 2) % HUES) + 2}`;
}

/** The generation by which a version is known: the last that had it. */
export function generationsOf(
  records: readonly Transition[],
  serving: VersionRecord,
): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (const { from, to } of records)
    for (const each of [from, to]) if (each) known.set(each.version, each.generation);
  return known.set(serving.version, serving.generation);
}
