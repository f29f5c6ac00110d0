/** Broken on purpose: it works, and traps after 500 calls. */
import { handle as count } from "./totals-v3";

export { report } from "./totals-v3";

let calls: i32 = 0;

export function handle(line: string): bool {
  if (++calls > 500) throw new Error("this version traps after 500 calls");
  return count(line);
}
