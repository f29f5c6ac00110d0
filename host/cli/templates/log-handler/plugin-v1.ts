import { log, state } from "moult/guest";

/** The first version, kept for the test of the way from it to `plugin.ts`. */
@state
class Totals {
  lines: u64 = 0;
  clients: Set<string> = new Set();
}
const totals = state<Totals>();

export class Report {
  lines: u64 = 0;
  clients: u32 = 0;
}

export function handle(line: string): bool {
  const end = line.indexOf(" ");
  if (end <= 0) return false;
  const name = line.substring(0, end);
  if (!totals.clients.has(name)) log.info("the first line of " + name);
  totals.clients.add(name);
  totals.lines++;
  return true;
}

export function report(): Report {
  return { lines: totals.lines, clients: totals.clients.size };
}
