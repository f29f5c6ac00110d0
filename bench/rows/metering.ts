/** What fuel costs: the same plugin with and without it, and how long the rewriting takes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "moult";
import { type Case, type Context, looped, same } from "../case.ts";
import { Echo, Kernels } from "../contract.ts";

/** Each kind of work, with as much of it as takes about a millisecond. */
const WORK = {
  calls: 22,
  floats: 60,
  bytes: 8,
  rounds: 2_000,
  maps: 20_000,
  sorts: 8_000,
  scans: 10_000,
} as const;
export type Kind = keyof typeof WORK;
const KINDS = Object.keys(WORK) as Kind[];

async function pair(guests: string) {
  const wasm = readFileSync(join(guests, "kernels.wasm"));
  const free = await load(Kernels, wasm);
  const metered = await load(Kernels, wasm, { limits: { fuel: 2_000_000_000 } });
  metered.callSync.calls(10);
  if (!metered.fuelUsed) throw new Error("what is measured as metered is not");
  return { free: free.callSync, metered: metered.callSync };
}

type Calls = Awaited<ReturnType<typeof pair>>["free"];

/** One kind of work. */
export const kernel =
  (kind: Kind) =>
  async ({ guests }: Context): Promise<Case[]> => {
    const { free, metered } = await pair(guests);
    const check = () => same(metered[kind](WORK[kind]), free[kind](WORK[kind]), kind);
    return [
      { name: "moult, with fuel", role: "moult", check, sample: (n) => time(metered, kind, n) },
      { name: "moult", role: "limit", check, sample: (n) => time(free, kind, n) },
    ];
  };

/** All kinds: the geometric mean of their times. */
export async function kernels({ guests }: Context): Promise<Case[]> {
  const { free, metered } = await pair(guests);
  const check = () => {
    for (const kind of KINDS) same(metered[kind](WORK[kind]), free[kind](WORK[kind]), kind);
  };
  const mean = (calls: Calls) => (n: number) =>
    Math.exp(KINDS.reduce((sum, kind) => sum + Math.log(time(calls, kind, n)), 0) / KINDS.length);
  return [
    { name: "moult, with fuel", role: "moult", check, n: 2, sample: mean(metered) },
    { name: "moult", role: "limit", check, n: 2, sample: mean(free) },
  ];
}

/** A call that only adds, where all limits are set. */
export async function scalar({ guests }: Context): Promise<Case[]> {
  const wasm = readFileSync(join(guests, "echo.wasm"));
  const limits = { fuel: 2_000_000_000, memory: 2 ** 26 };
  const [limited, free] = [await load(Echo, wasm, { limits }), await load(Echo, wasm)];
  const { add } = limited.callSync;
  const { add: freely } = free.callSync;
  return [
    {
      name: "moult, limited",
      role: "moult",
      check: () => same(add(40, 2), 42, "moult, limited"),
      sample: await looped((i) => add(i, 3)),
    },
    {
      name: "moult",
      role: "limit",
      check: () => same(freely(40, 2), 42, "moult"),
      sample: await looped((i) => freely(i, 3)),
    },
  ];
}

function time(calls: Calls, kind: Kind, n: number): number {
  const call = calls[kind];
  const size = WORK[kind];
  const from = performance.now();
  for (let i = 0; i < n; i++) call(size);
  return ((performance.now() - from) * 1e6) / n;
}
