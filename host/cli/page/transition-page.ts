/** What became of swaps and rollbacks, for people. */
import type { Transition, VersionRecord } from "../../mod.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { bytes, rows } from "./page.ts";

/** Prints the record of what was just done. */
export function tellTransition(terminal: Terminal, record: Transition): void {
  if (terminal.json) {
    terminal.printJson(record);
    return;
  }
  const { plugin, outcome, from, to, pause, stateBytes, way, steps, replayed } = record;
  const versions = to ? `${versionText(from)} -> ${versionText(to)}` : versionText(from);
  const details = [
    `paused ${ms(pause)}`,
    ...(stateBytes > 0 ? [`${bytes(stateBytes)} of state`] : []),
    ...(way === "migrated" ? [`its state went by ${steps.join(" -> ")}`] : []),
    ...(replayed ? [`calls replayed: ${replayed.calls}`] : []),
  ];
  terminal.print(plain(`${outcome} ${plugin} ${versions}: ${details.join(", ")}`));
  const { changes = [] } = record;
  rows(
    terminal,
    changes.map(({ path, problem, lossless }) => [path, lossless ? "lossless" : "lost", problem]),
  );
}

/** Prints a table of them, the newest last. */
export function tellHistory(terminal: Terminal, records: readonly Transition[]): void {
  if (terminal.json) {
    terminal.printJson(records);
    return;
  }
  if (records.length === 0) terminal.say("nothing was changed since it was loaded");
  const lines = records
    .slice(-SHOWN)
    .map(({ at, outcome, from, to, pause, cause }) => [
      new Date(at).toISOString().slice(0, 19).replace("T", " "),
      outcome,
      to ? `${versionText(from)} -> ${versionText(to)}` : versionText(from),
      `paused ${ms(pause)}`,
      cause?.message ?? "",
    ]);
  rows(terminal, lines);
}

/** The most records that are shown. */
const SHOWN = 60;

/** `1.0.0 (2)`: a version, and the number of its generation. */
export function versionText({ version, generation }: VersionRecord): string {
  return `${version} (${generation})`;
}

function ms(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
}
