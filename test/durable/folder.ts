/** Folders that processes leave behind. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function folder(): string {
  return mkdtempSync(join(tmpdir(), "moult-store-"));
}

/** Makes the lock that of a process that is gone, as a kill does: one that had this one's number before it. */
export function leave(path: string): void {
  const lock = join(path, "LOCK");
  const { file, socket, ...holder } = JSON.parse(readFileSync(lock, "utf8"));
  const other = { token: randomUUID(), ...("started" in holder && { started: "another time" }) };
  writeFileSync(lock, JSON.stringify({ ...holder, ...other }));
}

/** What is in a folder, without the socket that a lock may have. */
export function files(path: string): string[] {
  const names = readdirSync(path).filter((name) => !name.startsWith("LOCK."));
  return names.sort();
}

/** The same without the modules, whose names are digests. */
export function withoutModules(path: string): string[] {
  return files(path).filter((name) => !name.startsWith("module-"));
}

/** Changes bytes of a file, where `at` below 0 counts from its end. */
export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = bytes[index]! ^ 0xff;
  writeFileSync(path, bytes);
}
