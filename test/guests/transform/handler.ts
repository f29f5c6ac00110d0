import { state } from "moult/guest";

@state
class Totals {
  lines: u64 = 0;
  clients: Set<string> = new Set();
}
const totals = state<Totals>();        // restored in place before the first call, saved by generated code

export class Report { lines: u64; clients: u32; }

export function handle(line: string): bool {
  totals.lines++;
  totals.clients.add(line.split(" ")[0]);
  return true;
}

export function report(): Report {
  return { lines: totals.lines, clients: totals.clients.size };
}
