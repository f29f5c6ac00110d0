/** Folders that processes leave behind. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function folder(): string {
  return mkdtempSync(join(tmpdir(), "moult-store-"));
}

/** Makes the lock that of a process that is gone, as a kill does. */
export function leave(path: string): void {
  const lock = join(path, "LOCK");
  const holder = JSON.parse(readFileSync(lock, "utf8"));
  writeFileSync(lock, JSON.stringify({ ...holder, started: "another time" }));
}

/** Changes bytes of a file, where `at` below 0 counts from its end. */
export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = bytes[index]! ^ 0xff;
  writeFileSync(path, bytes);
}
