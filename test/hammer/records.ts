/** Records of transitions held against what was asked for, and what has to be true when a plugin was closed. */
import type { Transition } from "moult";
import type { Life } from "./life.ts";
import { waitFor } from "./patience.ts";

/** Records that come without anything having asked for them, where they do. */
const BY_ITSELF: ReadonlySet<Transition["outcome"]> = new Set([
  "rolled-back",
  "not-rolled-back",
  "permanent",
  "restarted",
  "not-restarted",
]);

/** Each transition has one record, which all hear of once. */
export function problemsOfRecords({ plugin, records, trail }: Life): string[] {
  const problems: string[] = [];
  const heard = trail.sights.flatMap((sight) => (sight.at === "record" ? [sight.record] : []));
  const { asked } = trail;
  for (const record of heard) {
    if (!asked.has(record) && !BY_ITSELF.has(record.outcome)) {
      problems.push(`a record was told that nothing asked for: ${shown(record)}`);
    }
  }
  for (const record of asked.keys()) {
    const times = heard.filter((each) => each === record).length;
    if (times !== 1) problems.push(`a record was told ${times} times: ${shown(record)}`);
  }
  const kept = plugin.history();
  const last = records.slice(-100);
  if (kept.length !== last.length || kept.some((record, i) => record !== last[i])) {
    problems.push("the history is not what listeners heard");
  }
  return problems;
}

/** Nothing of a closed plugin is alive. */
export async function problemsOfEnd(
  { plugin, world, source, closed, lastId }: Life,
  turns: number,
): Promise<string[]> {
  const problems: string[] = [];
  // A swap that was under way finds out when its source is there.
  await waitFor(() => world.alive === 0, turns);
  if (world.alive > 0) problems.push(`${world.alive} instances hold grants after the plugin was closed`);
  if (source && source.listeners.size > 0) problems.push("a closed plugin listens to its source");
  if (closed !== 1) problems.push(`it was told ${closed} times that the plugin was closed`);
  const code = await plugin.call.peek(lastId).then(
    () => "an answer",
    (error) => error.code,
  );
  if (code !== "closed") problems.push(`a closed plugin answers ${code}`);
  return problems;
}

/** Hears of errors that nothing waited for. @returns ends it */
export function listening(stray: (error: unknown) => void): () => void {
  process.on("unhandledRejection", stray);
  process.on("uncaughtException", stray);
  return () => {
    process.off("unhandledRejection", stray);
    process.off("uncaughtException", stray);
  };
}

function shown({ outcome, from, to, cause }: Transition): string {
  return JSON.stringify({ outcome, from: from.generation, to: to?.generation, cause });
}
