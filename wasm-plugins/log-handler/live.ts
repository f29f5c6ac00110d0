/** Yours to edit while `npm start` runs: save it, and it is swapped in with its counts. */
import { state } from "moult/guest";
import { parse } from "./combined";
import { PathCount, top } from "./top";

/** The answers of one class: 2xx, 3xx ... */
class StatusClass {
  count: u64 = 0;
  codes: Map<u16, u64> = new Map<u16, u64>();

  add(code: u16, count: u64): void {
    this.count += count;
    this.codes.set(code, this.codes.has(code) ? this.codes.get(code) + count : count);
  }
}

/** The same as version 3's, so it crosses as it is. Add a field with a default, and that crosses too. */
@state
class Totals {
  lines: u64 = 0;
  malformed: u64 = 0;
  classes: Map<string, StatusClass> = new Map<string, StatusClass>();
  clients: Set<string> = new Set<string>();
  bytes: u64 = 0;
  paths: Map<string, u64> = new Map<string, u64>();

  answered(code: u16, count: u64): void {
    const name = (code / 100).toString() + "xx";
    if (!this.classes.has(name)) this.classes.set(name, new StatusClass());
    this.classes.get(name).add(code, count);
  }
}

const totals = state<Totals>();

export class Report {
  lines: u64 = 0;
  malformed: u64 = 0;
  clients: u32 = 0;
  status: Map<u16, u64> = new Map<u16, u64>();
  bytes: u64 = 0;
  topPaths: PathCount[] = [];
  classes: Map<string, u64> = new Map<string, u64>();
}

/** Counts one line. @returns whether it was in combined format */
export function handle(line: string): bool {
  const entry = parse(line);
  totals.lines++;
  if (!entry.whole) totals.malformed++;
  totals.clients.add(entry.client);
  if (entry.status > 0) totals.answered(<u16>entry.status, 1);
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
  report.bytes = totals.bytes;
  report.topPaths = top(totals.paths, 10);
  const names = totals.classes.keys();
  for (let i = 0; i < names.length; i++) {
    const kept = totals.classes.get(names[i]);
    report.classes.set(names[i], kept.count);
    const codes = kept.codes.keys();
    for (let j = 0; j < codes.length; j++) report.status.set(codes[j], kept.codes.get(codes[j]));
  }
  return report;
}
