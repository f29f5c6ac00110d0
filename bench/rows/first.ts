/** The first call after a swap, compared with the same call once the engine has optimized the code. */
import { load } from "moult";
import { type Case, type Context, same } from "../case.ts";
import { Work } from "../contract.ts";
import { bare, type Core, read } from "../peers/assemblyscript.ts";
import { spread } from "../spread.ts";
import { unique } from "../unique.ts";

export async function firstCall({ guests }: Context): Promise<Case[]> {
  const module = read(guests, "work.wasm");
  const plain = read(guests, "work-plain.wasm");
  const of = (bytes: Uint8Array<ArrayBuffer>) => bare(bytes).exports.digest as Core;
  // The engine returns it as a signed number.
  const wanted = of(plain)(7) >>> 0;
  const [swapped, cold, steady] = [
    await load(Work, module),
    await load(Work, module),
    await load(Work, module),
  ];
  return [
    {
      name: "moult, first call",
      role: "moult",
      note: "of code that the engine had not seen before the swap, with `warm`",
      check: () => same(swapped.callSync.digest(7), wanted, "moult"),
      sample: (n) =>
        medianOf(n, async () => {
          await swapped.swap(unique(module), { warm: (twin) => twin.callSync.digest(8) });
          return () => swapped.callSync.digest(7);
        }),
      n: 5,
    },
    {
      name: "moult without `warm`",
      role: "peer",
      check: () => same(cold.callSync.digest(7), wanted, "moult"),
      sample: (n) =>
        medianOf(n, async () => {
          await cold.swap(unique(module));
          return () => cold.callSync.digest(7);
        }),
      n: 5,
    },
    {
      name: "moult, steady",
      role: "limit",
      note: "code that the engine knows; one call at a time, with a turn of the event loop before it, as after a swap",
      check: () => {
        // After a loop of a thousand calls everything is compiled.
        for (let i = 0; i < 1000; i++) same(steady.callSync.digest(7), wanted, "moult");
      },
      sample: (n) =>
        medianOf(n, async () => {
          await new Promise((resolve) => setTimeout(resolve));
          return () => steady.callSync.digest(7);
        }),
      n: 5,
    },
    {
      name: "by hand, first call",
      role: "peer",
      note: "no moult: a new instance of code that the engine has not seen",
      check: () => same(of(plain)(7) >>> 0, wanted, "by hand"),
      sample: (n) =>
        medianOf(n, async () => {
          const digest = of(unique(plain));
          return () => digest(7);
        }),
      n: 5,
    },
  ];
}

async function medianOf(n: number, prepare: () => Promise<() => unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < n; i++) {
    const call = await prepare();
    const began = performance.now();
    call();
    times.push((performance.now() - began) * 1e6);
  }
  return spread(times).median;
}
