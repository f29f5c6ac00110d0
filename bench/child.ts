/**
 * Measures one row, in a process of its own: `child.js ROW GUESTS quick|full`. Reports to its parent by
 * messages.
 */

import type { Figures } from "./rounds.ts";
import { measure } from "./rounds.ts";
import { ROWS } from "./rows.ts";

export interface Skipped {
  readonly name: string;
  readonly why: string;
}

export type Message =
  | { readonly round: number; readonly of: number }
  | { readonly figures: readonly Figures[]; readonly skipped: readonly Skipped[] };

const [id, guests = "", how] = process.argv.slice(2);
const quick = how === "quick";
const row = ROWS.find((each) => each.id === id)!;
const skipped: Skipped[] = [];
const cases = await row.cases({ guests, quick, skip: (name, why) => skipped.push({ name, why }) });
const figures = await measure(cases, {
  rounds: quick ? 1 : (row.rounds ?? 25),
  warm: quick ? 0 : (row.warm ?? 3),
  slice: quick ? 0.2 : (row.slice ?? 8),
  progress: (round, of) => tell({ round, of }),
});
tell({ figures, skipped });
process.disconnect?.();
// Work that a peer has left running is not waited for.
process.once("disconnect", () => process.exit());

function tell(message: Message): void {
  process.send?.(message);
}
