import { state } from "moult/guest";
import { parse } from "./combined";
import { PathCount, top } from "./top";

/** Bytes and paths are new. They have defaults, so what version 1 kept becomes this by itself. */
@state
class Totals {
  lines: u64 = 0;
  malformed: u64 = 0;
  status: Map<u16, u64> = new Map<u16, u64>();
  clients: Set<string> = new Set<string>();
  bytes: u64 = 0;
  paths: Map<string, u64> = new Map<string, u64>();
}

const totals = state<Totals>();

export class Report {
  lines: u64 = 0;
  malformed: u64 = 0;
  clients: u32 = 0;
  status: Map<u16, u64> = new Map<u16, u64>();
  bytes: u64 = 0;
  topPaths: PathCount[] = [];
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
  totals.bytes += entry.bytes;
  if (entry.path.length > 0) {
    totals.paths.set(entry.path, totals.paths.has(entry.path) ? totals.paths.get(entry.path) + 1 : 1);
  }
  return entry.whole;
}

export function report(): Report {
  const report = new Report();
  report.lines = totals.lines;
  report.malformed = totals.malformed;
  report.clients = totals.clients.size;
  report.status = totals.status;
  report.bytes = totals.bytes;
  report.topPaths = top(totals.paths, 10);
  return report;
}
