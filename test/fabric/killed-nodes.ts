/** What callers notice of a node in a process of its own that is killed, whatever the engine. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { firstLine, started } from "./child.ts";
import type { Cluster } from "./conformance.ts";
import { bytes, eventually, text } from "./seen.ts";

/** @param more what a node has to know beside the address: a token, a name */
export function killedNodes(
  name: string,
  open: () => Promise<Cluster & { readonly url: string; readonly more: string }>,
): void {
  describe(`a node of ${name} that is killed under load`, () => {
    test("costs the calls that it had, and then none", async () => {
      const cluster = await open();
      const nodes: ChildProcess[] = [];
      try {
        const caller = await cluster.join();
        for (let i = 0; i < 2; i++) nodes.push(started("node-child.mjs", cluster.url, cluster.more));
        await Promise.all(nodes.map(firstLine));
        const [killed, left] = nodes.map(({ pid }) => String(pid)) as [string, string];
        const ask = async () => text(await caller.call("who", { bytes: bytes("?") }, { timeout: 500 }))!;
        await eventually(async () => (await ask()) === killed);
        await eventually(async () => (await ask()) === left);
        let ended = false;
        const failures: string[] = [];
        let answered = 0;
        const underWay = new Set<Promise<unknown>>();
        const load = Array.from({ length: 8 }, async () => {
          while (!ended) {
            const call = ask().then(
              () => answered++,
              (error) => failures.push(error.code ?? error.name),
            );
            underWay.add(call);
            await call;
            underWay.delete(call);
          }
        });
        await eventually(async () => answered > 100);
        const before = failures.length;
        const gone = once(nodes[0]!, "exit");
        nodes[0]!.kill("SIGKILL");
        await gone;
        const noticed = answered;
        await eventually(async () => answered > noticed + 50);
        // Those that the node had wait for their deadline, while others are answered.
        await Promise.all(underWay);
        const [then, sum] = [failures.length, answered];
        await eventually(async () => answered > sum + 300);
        ended = true;
        await Promise.all(load);
        expect(before).toBe(0);
        // Each of the eight had one call under way, at most.
        expect(then).toBeLessThanOrEqual(8);
        expect(failures.length).toBe(then);
        expect(new Set(failures).size).toBeLessThanOrEqual(2);
        for (let i = 0; i < 20; i++) expect(await ask()).toBe(left);
      } finally {
        for (const node of nodes) node.kill("SIGKILL");
        await cluster.close();
      }
    });
  });
}
