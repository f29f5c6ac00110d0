import { clock, log, state } from "moult/guest";

/** The state of the version before, under another name: `plugin-v1.ts` has it. */
class TotalsV1 {
  lines: u64 = 0;
  clients: Set<string> = new Set();
}

class Client {
  lines: u64 = 0;
  /** Milliseconds since 1970; 0 when it is not known. */
  last: i64 = 0;
}

@state
class Totals {
  lines: u64 = 0;
  clients: Map<string, Client> = new Map();

  /** Makes this state of the older one, which did not count the lines of each client. */
  static from(old: TotalsV1): Totals {
    const totals = new Totals();
    totals.lines = old.lines;
    const names = old.clients.values();
    for (let i = 0; i < names.length; i++) totals.clients.set(names[i], new Client());
    return totals;
  }
}
const totals = state<Totals>();

export class Report {
  lines: u64 = 0;
  clients: u32 = 0;
}

/** Counts one line of an access log. */
export function handle(line: string): bool {
  const end = line.indexOf(" ");
  if (end <= 0) return false;
  const name = line.substring(0, end);
  if (!totals.clients.has(name)) {
    totals.clients.set(name, new Client());
    log.info("the first line of " + name);
  }
  const client = totals.clients.get(name);
  client.lines++;
  client.last = clock.now();
  totals.lines++;
  return true;
}

export function report(): Report {
  return { lines: totals.lines, clients: totals.clients.size };
}

/** When a client was last seen, in milliseconds since 1970; 0 when that is not known. */
export function lastSeen(name: string): i64 {
  return totals.clients.has(name) ? totals.clients.get(name).last : 0;
}
