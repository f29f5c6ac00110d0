/**
 * What tests compile, kept on disk from one run to the next: files by the digest of all that decides what is in them. Many
 * processes read and write at a time.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where `test/sources-hooks.mjs` keeps sources without their types. */
export const SOURCES = join(ROOT, "node_modules", ".cache", "moult-sources");
/** Days that a file is kept which no test asks for, and bytes of all of them. */
const LONGEST = 7;
const MOST = 500e6;

export function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/**
 * Where it is kept: with the packages, which copies of the checkout share. `MOULT_KEPT` names another folder; with `no`
 * there is none, and everything is compiled anew.
 */
export function keptIn(): string | undefined {
  const { MOULT_KEPT: named } = process.env;
  if (named === "no") return undefined;
  return named || join(ROOT, "node_modules", ".cache", "moult-guests");
}

/** @returns the values under a key, newest first */
export function read(folder: string, key: string): unknown[] {
  return names(join(folder, key))
    .map((name) => join(folder, key, name))
    .flatMap((file) => {
      const value = valueIn(file);
      return value === undefined ? [] : [{ value, file }];
    })
    .map(({ value, file }) => {
      touch(file);
      return value;
    });
}

/** Whole or not at all; where nothing can be written, it is compiled again next time. */
export function write(folder: string, key: string, name: string, value: unknown): void {
  const file = join(folder, key, `${name}.json`);
  const written = `${file}.${randomUUID()}`;
  try {
    mkdirSync(join(folder, key), { recursive: true });
    const text = JSON.stringify(value);
    writeFileSync(written, JSON.stringify({ digest: digest(text), text }));
    renameSync(written, file);
  } catch {
    rmSync(written, { force: true });
  }
}

/** Removes what nobody asked for lately, and the oldest of too many. */
export function prune(folder: string, now = Date.now()): void {
  const files = names(folder)
    .flatMap((key) => names(join(folder, key)).map((name) => join(folder, key, name)))
    .map((file) => ({ file, ...statSync(file, { throwIfNoEntry: false }) }))
    .sort((a, b) => (b.mtimeMs ?? 0) - (a.mtimeMs ?? 0));
  let bytes = 0;
  for (const { file, mtimeMs = 0, size = 0 } of files) {
    bytes += size;
    if (now - mtimeMs > LONGEST * 86_400_000 || bytes > MOST) rmSync(file, { force: true });
  }
}

function valueIn(file: string): unknown {
  try {
    const { digest: wanted, text } = JSON.parse(readFileSync(file, "utf8"));
    return digest(text) === wanted ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Another process removed it.
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
