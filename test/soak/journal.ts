/** What a call costs while it is journaled: two plugins of the same code, one on probation, taking turns. */
import { load, type View } from "moult";
import { Ledger } from "./soak.ts";

export interface Cost {
  readonly call: string;
  /** Nanoseconds for a call: the median of the rounds. */
  readonly off: number;
  readonly on: number;
  /** The median of the rounds' own ratios. */
  readonly ratio: number;
}

type Calls = View<typeof Ledger>["callSync"];

const ROUNDS = 31;
const CALLS = 20_000;
const SHORT = "GET /index.html HTTP/1.1";
const LONG = SHORT.repeat(40);
const CASES: Readonly<Record<string, (calls: Calls) => unknown>> = {
  "book(u32) -> record": (calls) => calls.book(7),
  "note(string of 24) -> u32": (calls) => calls.note(SHORT),
  "note(string of 960) -> u32": (calls) => calls.note(LONG),
  "code() -> string": (calls) => calls.code(),
};

export async function journalCosts(versions: readonly [Uint8Array, Uint8Array]): Promise<Cost[]> {
  const free = await load(Ledger, versions[0]);
  const tried = await load(Ledger, versions[0]);
  for (const plugin of [free, tried]) plugin.callSync.open(10_000);
  const times = Object.entries(CASES).map(([call, run]) => ({
    call,
    run,
    off: [] as number[],
    on: [] as number[],
  }));
  for (let round = -2; round < ROUNDS; round++) {
    for (const { run, off, on } of times) {
      // A journal of its own for every round: it only grows.
      await free.swap(versions[0]);
      await tried.swap(versions[0], {
        supersede: true,
        probation: { journal: { calls: 10 * CALLS, bytes: 2 ** 30 } },
      });
      const turns = [() => off.push(time(run, free.callSync)), () => on.push(time(run, tried.callSync))];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) turn();
    }
    if (round < 0) for (const { off, on } of times) off.length = on.length = 0;
  }
  await free.close();
  await tried.close();
  return times.map(({ call, off, on }) => ({
    call,
    off: median(off),
    on: median(on),
    ratio: median(on.map((each, i) => each / off[i]!)),
  }));
}

export function costTable(costs: readonly Cost[], node: string): string {
  const rows = costs.map(
    ({ call, off, on, ratio }) =>
      `| \`${call}\` | ${off.toFixed(0)} ns | ${on.toFixed(0)} ns | ${ratio.toFixed(1)} |\n`,
  );
  return `Node ${node}\n\n| call | journal off | on probation | ratio |\n| --- | --- | --- | --- |\n${rows.join("")}`;
}

function time(run: (calls: Calls) => unknown, calls: Calls): number {
  for (let i = 0; i < CALLS / 10; i++) run(calls);
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) run(calls);
  return ((performance.now() - began) * 1e6) / CALLS;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
