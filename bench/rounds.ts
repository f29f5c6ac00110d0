/** Measuring: the cases of a row take turns, round after round, each round in another order. */
import type { Case, Measured, Role } from "./case.ts";
import { QuietGate } from "./quiet.ts";

export interface RoundOptions {
  /** Rounds that count. */
  readonly rounds: number;
  /** Milliseconds that one sample should take. */
  readonly slice: number;
  /** Rounds before those, which do not count. */
  readonly warm: number;
  /** Called after every round. */
  readonly progress?: (round: number, of: number) => void;
}

/** All figures of one case. */
export interface Figures {
  readonly name: string;
  readonly role: Role;
  readonly note?: string;
  /** One figure for each round, in order. */
  readonly rounds: number[];
}

export async function measure(cases: readonly Case[], options: RoundOptions): Promise<Figures[]> {
  const { rounds, slice, warm, progress } = options;
  const gate = new QuietGate();
  for (const each of cases) await each.check();
  const sizes = new Map<Case, number>();
  for (const each of cases) sizes.set(each, each.n ?? (await calibrated(each, slice)));
  const found = new Map(cases.map((each) => [each, new Map<string, Figures>()]));
  for (let round = -warm; round < rounds; round++) {
    for (let i = 0; i < cases.length; i++) {
      const each = cases[(i + round + warm) % cases.length]!;
      await gate.pass();
      const measured = await each.sample(sizes.get(each)!);
      if (round >= 0) note(found.get(each)!, each, measured);
    }
    progress?.(round + warm + 1, rounds + warm);
  }
  for (const each of cases) await each.check();
  return [...found.values()].flatMap((figures) => [...figures.values()]);
}

function note(found: Map<string, Figures>, { name, role, note: text }: Case, measured: Measured): void {
  const parts = typeof measured === "number" ? { [name]: measured } : measured;
  for (const [part, value] of Object.entries(parts)) {
    const figures = found.get(part) ?? { name: part, role, ...(text && { note: text }), rounds: [] };
    figures.rounds.push(Number(value.toPrecision(5)));
    found.set(part, figures);
  }
}

/**
 * The number of repetitions that fit the slice. Runs the work until the engine has had time to optimize it.
 */
async function calibrated(each: Case, slice: number): Promise<number> {
  const wanted = slice * 1e6;
  let n = 1;
  for (;;) {
    const measured = await each.sample(n);
    const time = typeof measured === "number" ? measured : Math.max(...Object.values(measured));
    if (time * n >= wanted / 2 || n >= 1e7) return Math.max(1, Math.min(1e7, Math.round(wanted / time)));
    n *= 4;
  }
}
