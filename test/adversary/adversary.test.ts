/** Guests that do one wrong thing each: every one ends with a name, and takes nothing of its host along. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { MADE } from "../kept/guest-thread.ts";
import { BOMBS } from "./bombs.ts";
import type { Ended } from "./child.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** MiB of the heap of the process: what is not bounded ends it. */
const HEAP = 256;
/** MiB by which a process may grow. */
const BUDGET = 96;

async function setOffAll(isolation: "none" | "worker"): Promise<ReadonlyMap<string, Ended>> {
  const options = [
    "--expose-gc",
    `--max-old-space-size=${HEAP}`,
    `--import=${new URL("../sources.mjs", import.meta.url)}`,
  ];
  const { VITEST: _, ...env } = process.env;
  const child = spawn(process.execPath, [...options, path("child.ts"), isolation], {
    env: { ...env, MOULT_GUEST_THREAD: pathToFileURL(MADE).href },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const over = once(child, "exit");
  const all = new Map<string, Ended>();
  for await (const line of createInterface(child.stdout)) {
    const ended = JSON.parse(line) as Ended;
    all.set(ended.name, ended);
  }
  const [code, signal] = await over;
  // What it was about to tell of ended it.
  if (code !== 0) all.set(BOMBS[all.size]!.name, lost(BOMBS[all.size]!.name, `${signal ?? code}`));
  return all;
}

function lost(name: string, how: string): Ended {
  return { name, message: `it ended its process: ${how}`, grown: 0, serves: false };
}

describe.each(["none", "worker"] as const)("with isolation: %o", (isolation) => {
  let all: ReadonlyMap<string, Ended>;
  beforeAll(async () => {
    all = await setOffAll(isolation);
  }, 300_000);

  test.each(BOMBS.map((bomb) => [bomb.name, bomb] as const))("%s", (name, { ends, budget = BUDGET }) => {
    const ended = all.get(name);
    expect(ended?.message).toMatch(ends);
    expect(ended?.serves).toBe(true);
    expect(ended?.grown).toBeLessThan(budget);
  });
});
