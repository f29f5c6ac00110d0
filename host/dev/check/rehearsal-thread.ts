/** The thread of `rehearseApart`. */
import { parentPort, workerData } from "node:worker_threads";
import { rehearsalGrants } from "./rehearsal-grants.ts";
import { rehearse } from "./rehearse.ts";
import type { Task, Word } from "./rehearse-apart.ts";

const { old, next, grant = [], seed = 1, ...rest } = workerData as Task;
const say = (word: Word) => parentPort?.postMessage(word);
try {
  const onStep = (doing: string) => say({ doing });
  const done = await rehearse(old, next, { ...rest, seed, grant: rehearsalGrants(grant, seed), onStep });
  say({ done });
} catch (error) {
  say({ failed: error instanceof Error ? error.message : String(error) });
}
