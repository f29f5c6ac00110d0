/** Runs features one after the other, in whatever engine this is. */
import { lackOf } from "./lacks.js";

/**
 * @param features of `list.js` and its like
 * @param where what features get, with `engine` and `version`; `slow` where those that take long are run too, or the ids of
 *   those that are in `only`
 * @returns of each feature `works`, `lacks` (it failed as documented) or `fails`, and why
 */
export async function run(features, where) {
  const results = [];
  for (const { id, run: work, slow } of features) {
    if (where.only ? !where.only.includes(id) : slow && !where.slow) continue;
    where.begins?.(id);
    const lack = lackOf(id, where);
    const began = performance.now();
    const error = await Promise.resolve()
      .then(() => work(where))
      .then(
        () => undefined,
        (thrown) => thrown,
      );
    const ms = Math.round(performance.now() - began);
    results.push({ id, ...resultOf(error, lack), ms });
  }
  return results;
}

function resultOf(error, lack) {
  if (error === undefined && lack === undefined) return { result: "works" };
  if (error === undefined)
    return { result: "fails", why: `works, and not ${lack.error}: it is not lacking any more` };
  if (lack !== undefined && error?.code === lack.error) return { result: "lacks", code: lack.error };
  return {
    result: "fails",
    why: `${error?.message ?? error}\n${error?.stack ?? ""}`.split("\n").slice(0, 3).join(" ").slice(0, 500),
  };
}
