/** One upgrade of one road under load: what its callers noticed, and what became of its state. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Latency, Load } from "../load/load.ts";
import type { Hit, Road } from "./roads.ts";

export interface Upgraded {
  readonly calls: number;
  readonly failed: number;
  readonly errors: readonly string[];
  /** Of the calls that were due before the upgrade, and of those during it. */
  readonly before: Latency;
  readonly during: Latency;
  /** Milliseconds from the beginning of the upgrade until nobody was answered by the old version any more. */
  readonly time: number;
  /** Which part of the counted calls is in the counts at the end. */
  readonly kept: number;
}

const KEYS = 50;

/** @param calm seconds of load before and after */
export async function upgraded(road: Road, rate: number, calm: number): Promise<Upgraded> {
  const folder = mkdtempSync(join(tmpdir(), "moult-road-"));
  const running = await road.open(folder);
  try {
    let lastOld = 0;
    // The engines warm up.
    const warm = await (await loaded(rate, running.hit, calm)).stop();
    const load = await loaded(
      rate,
      async (key) => {
        const hit = await running.hit(key);
        if (hit.version === 1) lastOld = performance.now();
        return hit;
      },
      calm,
    );
    const from = performance.now();
    await running.upgrade();
    const to = performance.now();
    await load.more(load.underWay + rate * calm);
    await load.stop();
    return {
      calls: load.sent,
      failed: load.failures.length,
      errors: [...new Set(load.failures.map(({ error }) => error.message))],
      before: load.latency({ from: 0, to: from }),
      during: load.latency({ from, to: Math.max(to, lastOld) }),
      time: Math.max(0, lastOld - from),
      kept: await keptPart(running.hit, [warm, load]),
    };
  } finally {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loaded(rate: number, hit: (key: string) => Promise<Hit>, seconds: number): Promise<Load> {
  const load = new Load(rate, (id) => hit(`key-${id % KEYS}`));
  await load.more(rate * seconds);
  return load;
}

/** What the service says of its keys in the end, against all that it answered. */
async function keptPart(hit: (key: string) => Promise<Hit>, loads: readonly Load[]): Promise<number> {
  const answered = loads.reduce((sum, { sent, failures }) => sum + sent - failures.length, 0);
  let counted = 0;
  for (let i = 0; i < KEYS; i++) counted += (await hit(`key-${i}`)).count - 1;
  return counted / answered;
}

/** Lines that are neither empty nor a comment. */
export function linesOf(road: Road): number {
  const lines = road.files.flatMap((file) =>
    readFileSync(new URL(file, import.meta.url), "utf8").split("\n"),
  );
  return lines.filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}
