import { state } from "moult/guest";
import { parse } from "./combined";

@state
class Totals {
  lines: u64 = 0;
  malformed: u64 = 0;
  status: Map<u16, u64> = new Map<u16, u64>();
  clients: Set<string> = new Set<string>();
}

const totals = state<Totals>();

export class Report {
  lines: u64 = 0;
  malformed: u64 = 0;
  clients: u32 = 0;
  status: Map<u16, u64> = new Map<u16, u64>();
}

/** Counts one line. @returns whether it was in combined format */
export function handle(line: string): bool {
  const entry = parse(line);
  totals.lines++;
  if (!entry.whole) totals.malformed++;
  totals.clients.add(entry.client);
  if (entry.status > 0) {
    const status = <u16>entry.status;
    totals.status.set(status, totals.status.has(status) ? totals.status.get(status) + 1 : 1);
  }
  return entry.whole;
}

export function report(): Report {
  const report = new Report();
  report.lines = totals.lines;
  report.malformed = totals.malformed;
  report.clients = totals.clients.size;
  report.status = totals.status;
  return report;
}
