/** Reaches what its package.json lets it reach when it is run by hand. */
import { clock, log, state } from "moult/guest";

@state
class Told {
  lines: u64 = 0;
}
const told = state<Told>();

export function tell(line: string): u64 {
  log.warn(line);
  if (clock.now() > 0) told.lines++;
  return told.lines;
}
