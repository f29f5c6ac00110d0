/**
 * A program that takes a directory's lock, in whatever namespace it is run: `node lock-child.mjs <folder> <end>`. It prints
 * one line, and ends when its standard input does, without letting go: as a kill ends it, by `exit`, or as it is `done`.
 */
import { writeSync } from "node:fs";
import { lock } from "../../host/node/lock.ts";

try {
  await lock(process.argv[2]);
  writeSync(1, `has it as ${process.pid}\n`);
} catch (error) {
  writeSync(1, `${error.message}\n`);
}
const end = process.argv[3];
process.stdin.on("end", () =>
  end === "kill" ? process.reallyExit(0) : end === "exit" ? process.exit() : undefined,
);
process.stdin.resume();
