/** Swaps, calls, failures, aborts and a close, in any order that a scheduler finds, against a model of a few lines. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { PluginError } from "../../../host/errors.ts";
import { type FakeGeneration, FakePlugin } from "./fake.ts";

const STEPS = ["save", "restore", "check", "call"] as const;

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("call" as const), fails: fc.nat({ max: 9 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("swap" as const),
      /** Which step fails, and of whom. */
      breaks: fc.constantFrom(undefined, ...STEPS.slice(0, 3), "verify" as const),
      role: fc.constantFrom("twin" as const, "successor" as const),
      /** Steps that are done at once: none waits, as in this process, or some do, as far away. */
      atOnce: fc.subarray([...STEPS]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const) }) },
);

it("answers every call once and by one version, in order, whatever happens between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(command, { maxLength: 30 }), async (s, commands) => {
      const plugin = new FakePlugin({ turn: () => s.schedule(Promise.resolve(), "turn") });
      const calls: { readonly n: number; answer?: string; error?: unknown }[] = [];
      let abort: AbortController | undefined;
      let swaps = 0;
      let swapping: Promise<unknown> | undefined;
      let closed: Promise<boolean> | undefined;
      const failing = new Set<number>();

      plugin.guard = (n) => {
        if (failing.has(n)) throw new Error("it trapped");
      };
      const arrange = (generation: FakeGeneration, atOnce: readonly string[], breaks?: string) => {
        for (const step of STEPS) {
          generation.steps[step] = () => {
            if (step === breaks) throw new Error("broken");
            return atOnce.includes(step)
              ? undefined
              : s.schedule(Promise.resolve(), `${generation.name} ${step}`);
          };
        }
      };
      arrange(plugin.current, ["save"]);

      const act = async (next: (typeof commands)[number]) => {
        if (next.do === "call") {
          const call: (typeof calls)[number] = { n: calls.length };
          calls.push(call);
          if (next.fails === 0) failing.add(call.n);
          plugin.call(call.n).then(
            (answer) => {
              expect(call).toEqual({ n: call.n });
              call.answer = answer;
            },
            (error) => {
              expect(call).toEqual({ n: call.n });
              call.error = error;
            },
          );
        } else if (next.do === "swap" && !swapping) {
          const { breaks, role, atOnce } = next;
          abort = new AbortController();
          if (breaks === "save") plugin.current.steps.save = () => Promise.reject(new Error("broken"));
          const verify = async () => {
            await s.schedule(Promise.resolve(), "verify");
            if (breaks === "verify") throw new Error("broken");
          };
          const make = (generation: FakeGeneration, as: string) =>
            arrange(generation, atOnce, as === role ? breaks : undefined);
          swapping = plugin
            .swap(`v${++swaps + 1}`, make, { verify, signal: abort.signal })
            .catch((error) => {
              if (!(error instanceof PluginError)) throw error;
            })
            .finally(() => {
              swapping = undefined;
              arrange(plugin.current, ["save"]);
            });
        } else if (next.do === "abort") abort?.abort();
        else if (next.do === "close") {
          closed ??= plugin.gate.end(new PluginError("closed", "closed"), 10_000);
        }
      };
      s.scheduleSequence(commands.map((next, i) => ({ builder: () => act(next), label: `${i} ${next.do}` })));
      await s.waitIdle();
      await Promise.all([swapping, closed]);
      await s.waitIdle();

      // The model: the state is the calls that were answered, in the order in which they were made.
      for (const { n, answer, error } of calls) {
        if (answer !== undefined) continue;
        const may = [...(failing.has(n) ? ["it trapped"] : []), ...(closed ? ["[closed] closed"] : [])];
        expect(may).toContain((error as Error).message);
      }
      const answered = calls.filter(({ answer }) => answer !== undefined);
      expect(plugin.current.known).toEqual(answered.map(({ n }) => n));
      const versions = answered.map(({ answer }) => Number(answer?.split(" by v")[1]));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      // No old code once a new version serves, and every version that does not serve was dropped.
      const begins = plugin.log
        .flatMap((line) => /^v(\d+): (?:begin|serves)/.exec(line)?.[1] ?? [])
        .map(Number);
      expect(begins).toEqual([...begins].sort((a, b) => a - b));
      const made = new Set(
        plugin.log.flatMap((line) => /^(v\d+ twin): (?:restore|check)/.exec(line)?.[1] ?? []),
      );
      for (const twin of made) expect(plugin.log).toContain(`${twin}: discarded`);
    }),
    { numRuns: 500 },
  );
});
