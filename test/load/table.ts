/** What the parts of a load came to, as a table, and what of it should not be. */
import type { Outcome } from "./part.ts";
import { PARTS, type PartName } from "./parts.ts";

export interface Row extends Outcome {
  readonly name: PartName;
}

/** @param on what machine and how */
export function table(rows: readonly Row[], on: string): string {
  const lines = rows.map(({ name, changes, calls, failed, lost, doubled, untrue, latency, most }) => {
    const { p50, p99, max } = latency;
    const cells = [
      PARTS[name].what,
      changes,
      calls,
      failed,
      lost,
      doubled,
      untrue,
      ...[p50, p99, max].map(shown),
      most,
    ];
    return `| ${cells.map((each) => (typeof each === "number" ? each.toLocaleString("en") : each)).join(" | ")} |`;
  });
  const head = "| | changes | calls | failed | lost | doubled | untrue | p50 | p99 | max | most under way |";
  return `${on}; latencies in milliseconds:\n\n${head}\n|${" --- |".repeat(11)}\n${lines.join("\n")}\n`;
}

function shown(milliseconds: number): string {
  return milliseconds < 100 ? milliseconds.toPrecision(2) : Math.round(milliseconds).toLocaleString("en");
}

/** What was promised and not kept. */
export function failures({ name, failed, lost, doubled, untrue, errors, wrong }: Row): string[] {
  const found = [...wrong];
  if (failed > 0 && !PARTS[name].kills) found.push(`${failed} calls failed: ${JSON.stringify(errors)}`);
  if (lost > 0) found.push(`${lost} answered calls were lost`);
  if (doubled > 0) found.push(`${doubled} calls were made twice`);
  if (untrue > 0) found.push(`${untrue} calls were made, and their callers were told that they were not`);
  return found.map((each) => `${name}: ${each}`);
}
