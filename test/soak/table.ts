/** What a soak found, as a table in Markdown. */
import type { Soaked, Spread } from "./soak.ts";

export interface Where {
  readonly node: string;
  /** MiB of address space for each memory. */
  readonly reserved: number | undefined;
}

type Cell = (row: Soaked) => string;

const COLUMNS: readonly (readonly [string, Cell])[] = [
  ["state", (row) => size(row.state)],
  ["swaps", (row) => count(row.swaps)],
  ["calls", (row) => count(row.calls)],
  ["lost", (row) => count(row.lost)],
  ["doubled", (row) => count(row.doubled)],
  ["different", (row) => count(row.different)],
  ["pause, first tenth: p50 / p99", (row) => times(row.pause.first)],
  ["pause, last tenth: p50 / p99", (row) => times(row.pause.last)],
  ["p50 / copy", (row) => (row.state < 1e6 ? "" : (row.pause.last.p50 / row.copy.last).toFixed(1))],
  ["RSS after gc: start, end", ({ resident }) => `${mib(resident.start)}, ${mib(resident.end)}`],
  ["JS heap after gc: start, end", ({ heap }) => `${heap.start.toFixed(1)}, ${heap.end.toFixed(1)}`],
  ["RSS most: at rest, ever", ({ resident }) => `${mib(resident.rest)}, ${mib(resident.peak)}`],
  [
    "memories: end, most, closed",
    ({ memories }) => (memories ? `${memories.end}, ${memories.most}, ${memories.closed}` : "not known"),
  ],
];

export function table(rows: readonly Soaked[], { node, reserved }: Where): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const head = line(COLUMNS.map(([title]) => title)) + line(COLUMNS.map(() => "---"));
  const body = rows.map((row) => line(COLUMNS.map(([, cell]) => cell(row)))).join("");
  const each = reserved ? `; a memory reserves ${reserved / 1024} GiB of address space` : "";
  const notes = `Node ${node}${each}. Pauses in ms; RSS in MiB above the process before the plugin was loaded.\n`;
  const phases = rows.map((row) => {
    const parts = Object.entries(row.phases).map(([phase, p50]) => `${phase} ${ms(p50)}`);
    return `${size(row.state)}: p50 of ${parts.join(", ")}; one copy of the state ${ms(row.copy.last)}\n`;
  });
  return `${notes}\n${head}${body}\n${phases.join("")}`;
}

/** Promises that were not kept. The times of a busy machine are no promise. */
export function failures(row: Soaked): string[] {
  const { lost, doubled, different, memories, resident, state } = row;
  const found: string[] = [];
  const say = (broken: boolean, text: string) => broken && found.push(`${size(state)}: ${text}`);
  say(lost > 0, `${lost} calls were lost`);
  say(doubled > 0, `${doubled} calls were made twice`);
  say(different > 0, `${different} answers or states differ from the replay`);
  say((memories?.end ?? 0) > 2, `${memories?.end} memories were alive after a collection, more than 2`);
  say((memories?.closed ?? 0) > 0, `${memories?.closed} memories were alive after the plugin was closed`);
  // Allocators and compilers come and go by 20 MiB; 10 KB lost at each of 10,000 swaps would be 100.
  const drift = resident.end - resident.start;
  say(drift > 32, `resident memory grew by ${mib(drift)} MiB`);
  const most = (3 * state) / 2 ** 20;
  say(state >= 64e6 && resident.end > most, `${mib(resident.end)} MiB stay, more than ${mib(most)}`);
  return found;
}

/** `1 MB` */
export function size(bytes: number): string {
  if (bytes >= 1e6) return `${bytes / 1e6} MB`;
  return bytes >= 1e3 ? `${bytes / 1e3} KB` : `${bytes} B`;
}

function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

function times({ p50, p99 }: Spread): string {
  return `${ms(p50)} / ${ms(p99)}`;
}

function ms(time: number): string {
  return time.toFixed(time < 1 ? 3 : time < 10 ? 2 : 1);
}

function mib(amount: number | undefined): string {
  return amount === undefined ? "not known" : amount.toFixed(0);
}
