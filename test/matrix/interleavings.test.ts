/** Swaps, calls, traps, rollbacks, aborts and a close over real plugins, in any order, against a model of a few lines. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { PluginError } from "../../host/mod.ts";
import { near } from "./driver.ts";
import { module } from "./module.ts";
import { Stage } from "./stage.ts";

const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("call" as const), atOnce: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("swap" as const),
      fault: fc.constantFrom(undefined, "verify", "start", "restored", "check" as const),
      /** Of the twin, or of the one that would serve. */
      nth: fc.constantFrom(1, 2),
      probation: fc.constantFrom(undefined, {}, { calls: 2 }, { maxErrorRate: 0, minCalls: 1 }),
      dryRun: fc.constantFrom(false, false, false, true),
      /** What comes after it comes when it is over, or when its caller looks. */
      patient: fc.constantFrom(true, true, false),
      supersede: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("rollback", "accept", "snapshot", "trap" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("abort", "abort", "close" as const) }) },
);

it("keeps every acknowledged call, once, whatever happens between", async () => {
  const [even, odd] = [await module("ledger", "2.0.0"), await module("ledger", "3.0.0")];
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(command, { minLength: 5, maxLength: 40 }),
      async (s, commands) => {
        const stage = await Stage.open(near, { size: 16 });
        const { plugin } = stage;
        const acknowledged = [1, 2, 3];
        const refused = new Map<number, string>();
        const codes: string[] = [];
        let n = 3;
        let swaps = 0;
        let under = 0;
        let looking = false;
        let abort: AbortController | undefined;
        const failed = (error: unknown) => {
          if (!(error instanceof PluginError)) throw error;
          codes.push(error.code);
          return error.code;
        };
        const wait = (work: Promise<unknown>) => {
          under++;
          void work.catch(failed).finally(() => under--);
        };

        const act = (next: (typeof commands)[number]) => {
          if (next.do === "call") {
            const own = ++n;
            const fail = (error: unknown) => void refused.set(own, failed(error));
            if (!next.atOnce) {
              wait(plugin.call.push(own).then(() => acknowledged.push(own), fail));
            } else {
              try {
                plugin.callSync.push(own);
                acknowledged.push(own);
              } catch (error) {
                fail(error);
              }
            }
          } else if (next.do === "swap") {
            const { fault, nth, probation, dryRun, supersede } = next;
            abort = new AbortController();
            const verify = async () => {
              looking = true;
              await s.schedule(Promise.resolve(), "verify");
              looking = false;
              if (fault !== undefined && fault !== "verify") stage.inject(fault, "trap", nth);
              return fault !== "verify";
            };
            const options = {
              verify,
              dryRun,
              supersede,
              signal: abort.signal,
              ...(probation && { probation }),
            };
            wait(plugin.swap(++swaps % 2 ? even : odd, options).finally(() => fault && stage.clear()));
          } else if (next.do === "rollback") wait(plugin.rollback());
          else if (next.do === "accept") plugin.accept();
          else if (next.do === "snapshot") wait(plugin.snapshot());
          else if (next.do === "trap") stage.inject("call", "trap");
          else if (next.do === "abort") abort?.abort();
          else wait(plugin.close());
        };
        // The scheduler says when verify ends between the commands; the compiler needs the event loop.
        s.scheduleSequence(
          commands.map((next, i) => ({
            builder: async () => {
              act(next);
              if (next.do !== "swap" || !next.patient) return;
              while (under > 0 && !looking) await new Promise(setImmediate);
            },
            label: `${i} ${next.do}`,
          })),
        );
        await s.waitIdle();
        while (under > 0) {
          await s.waitIdle();
          await new Promise(setImmediate);
        }

        // The model: a call that trapped, came too late or was not let in left nothing; every other is in the state, in order.
        expect(acknowledged.length + refused.size).toBe(n);
        for (const code of refused.values()) expect(["trapped", "closed", "swapping"]).toContain(code);
        const live = stage.ran.map((each) => each.n);
        expect(live).toEqual([...acknowledged].sort((a, b) => a - b));
        stage.clear();
        expect(plugin.history().map(({ outcome }) => outcome)).not.toContain("not-rolled-back");
        if (!codes.includes("trapped")) {
          const closed = codes.includes("closed") || commands.some((each) => each.do === "close");
          if (!closed) expect(await plugin.call.history()).toEqual(live);
        }
        const transitions = plugin.history().flatMap(({ outcome, from, to }) => {
          if (outcome === "swapped") return [[from.generation, to?.generation]];
          return outcome === "rolled-back" ? [[from.generation, to?.generation]] : [];
        });
        // Records are a chain: each transition begins where the one before ended.
        let at: number | undefined = 1;
        for (const [from, to] of transitions) {
          expect(from).toBe(at);
          at = to;
        }
        expect(plugin.generation).toBe(at);
        await plugin.close();
        stage.allEnded();
      },
    ),
    { numRuns: 50 },
  );
});
