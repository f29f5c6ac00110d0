/**
 * A program that takes a directory's lock, in whatever namespace it is run: `node lock-child.mjs <folder>`. It prints one
 * line, and ends when its standard input does: as a kill ends it, without letting go.
 */
import { writeSync } from "node:fs";
import { lock } from "../../host/node/lock.ts";

try {
  await lock(process.argv[2]);
  writeSync(1, `has it as ${process.pid}\n`);
} catch (error) {
  writeSync(1, `${error.message}\n`);
}
process.stdin.on("end", () => process.reallyExit(0)).resume();
