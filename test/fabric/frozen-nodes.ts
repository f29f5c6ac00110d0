/** What callers notice of a node that is frozen, and of the same when it goes on, whatever the engine. */
import { describe, expect, test } from "vitest";
import { firstLine, started } from "./child.ts";
import type { Cluster } from "./conformance.ts";
import { bytes, eventually, text } from "./seen.ts";

/** A node that serves `who`, and answers with its name. */
export interface Freezable {
  readonly name: string;
  /** Where it is a process of its own, what is idempotent is called elsewhere in time. */
  readonly isProcess: boolean;
  freeze(): void;
  thaw(): void;
  end(): void;
}

/** A node in a process of its own, which signals freeze. */
export async function ownProcess({ url, more }: { url: string; more: string }): Promise<Freezable> {
  const child = started("node-child.mjs", url, more);
  await firstLine(child);
  return {
    name: String(child.pid),
    isProcess: true,
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    end: () => child.kill("SIGKILL"),
  };
}

export function frozenNodes<C extends Cluster>(
  name: string,
  open: () => Promise<C>,
  node: (cluster: C) => Promise<Freezable>,
): void {
  describe(`a node of ${name} that is frozen`, () => {
    test("costs a few calls, gets none while another can take them, and is back when it answers", async () => {
      const cluster = await open();
      const nodes = await Promise.all([node(cluster), node(cluster)]);
      try {
        const caller = await cluster.join();
        const [frozen, well] = nodes;
        const ask = async (timeout = 600, idempotent = false) =>
          text(await caller.call("who", { bytes: bytes("?") }, { timeout, idempotent }))!;
        await eventually(async () => (await ask(5_000)) === frozen.name);
        await eventually(async () => (await ask(5_000)) === well.name);
        frozen.freeze();
        const failures: string[] = [];
        // Until it is found, a call costs its deadline.
        for (let answers = 0; answers < 30; ) {
          const answer = await ask().catch((error) => error.code);
          if (answer === well.name) answers++;
          else failures.push(answer);
        }
        expect(failures.every((code) => code === "deadline")).toBe(true);
        expect(failures.length).toBeLessThanOrEqual(8);
        // However busy the machine is: one that goes to the frozen node fails all the same.
        for (let i = 0; i < 300; i++) expect(await ask(5_000)).toBe(well.name);
        frozen.thaw();
        await eventually(async () => (await ask(5_000)) === frozen.name);
        await eventually(async () => (await ask(5_000)) === well.name);
        if (!frozen.isProcess) return;
        frozen.freeze();
        const many = await Promise.all(Array.from({ length: 100 }, () => ask(3_000, true)));
        expect(new Set(many)).toEqual(new Set([well.name]));
      } finally {
        for (const each of nodes) each.end();
        await cluster.close();
      }
    });
  });
}
