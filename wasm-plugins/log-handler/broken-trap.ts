/** Broken on purpose: it works, and traps after 500 calls. */
import { handle as count, report as counted, Report } from "./totals-v3";

let calls: i32 = 0;

export function handle(line: string): bool {
  called();
  return count(line);
}

export function report(): Report {
  called();
  return counted();
}

function called(): void {
  if (++calls > 500) throw new Error("this version traps after 500 calls");
}
