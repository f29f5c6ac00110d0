/** Names of calls: those of several instances, in which calls are inside at the same time, differ. */
import type { Surroundings } from "./generation.ts";

/** @param nth of the instances of one generation; the first one's names are those of a single one */
export function namedApart<S extends Pick<Surroundings, "callName" | "loadName">>(
  surroundings: S,
  nth: number,
): S {
  if (nth === 0) return surroundings;
  const { callName, loadName } = surroundings;
  return {
    ...surroundings,
    callName: () => {
      const name = callName();
      return typeof name === "number" ? name : `${name}-${nth}`;
    },
    loadName: () => `${loadName()}-${nth}`,
  };
}
