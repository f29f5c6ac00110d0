/** Beginnings: a snapshot, its journal and its module replace those before them atomically. */
import { join } from "node:path";
import type { DiskFile } from "../durable/file/disk-file.ts";
import { frame, newHead, type Seal, seal } from "../durable/file/journal-format.ts";
import type { Survey } from "../durable/file/journal-reading.ts";
import type { Disk } from "./disk.ts";
import { fileName, isOurs, moduleName } from "./store-files.ts";
import type { Syncing } from "./syncing.ts";

export interface Place {
  readonly disk: Disk;
  readonly path: string;
  readonly syncing: Syncing;
}

export interface Beginning {
  readonly number: number;
  readonly snapshot: Uint8Array;
  /** The journal's first record. */
  readonly head: Uint8Array;
  readonly module: KeptModule | undefined;
}

export interface KeptModule {
  readonly bytes: Uint8Array;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
  /** Whether the module's file is already there, and whole. */
  readonly isThere: boolean;
}

export interface Begun {
  readonly file: DiskFile;
  readonly survey: Survey;
}

/** A beginning failed, and its journal is already in force: nothing may be written to the earlier one. */
export class NotTakenBack extends Error {}

/**
 * Writes all files under temporary names, syncs them, and renames first the snapshot and then the journal:
 * with the journal's name the new beginning is what a recovery takes. The earlier files are left to
 * `removeOthers`.
 *
 * @param mayCount throws when another process has the directory now; nothing more is then touched
 * @returns the journal, open, and the result of reading it
 * @throws NotTakenBack with the failure as its cause, or the failure itself, when all is as before
 */
export function begin(place: Place, beginning: Beginning, mayCount: () => void): Begun {
  const { disk, path, syncing } = place;
  const [avro, journal] = namesOf(beginning);
  const head = newHead(seal(beginning.snapshot), beginning.module?.digest);
  const first = frame([beginning.head], { sequence: 0, synced: 0 }, head);
  let synced: boolean;
  try {
    if (beginning.module && !beginning.module.isThere) keep(place, beginning.module);
    write(place, avro, beginning.snapshot);
    synced = write(place, journal, Buffer.concat([head.bytes, first]));
    syncing.folder(path);
  } catch (error) {
    takeBack(place, beginning);
    throw error;
  }
  mayCount();
  try {
    disk.rename(join(path, `${avro}.part`), join(path, avro));
    disk.rename(join(path, `${journal}.part`), join(path, journal));
    syncing.folder(path);
    const file = disk.open(join(path, journal));
    const end = head.bytes.length + first.length;
    return { file, survey: { head, end, frames: 1, synced: synced ? 1 : 0 } };
  } catch (error) {
    takeBack(place, beginning, error);
    throw error;
  }
}

function keep(place: Place, { bytes, digest }: KeptModule): void {
  const { disk, path } = place;
  const name = moduleName(digest);
  write(place, name, bytes);
  disk.rename(join(path, `${name}.part`), join(path, name));
}

/** @returns whether the file is on the disk itself */
function write({ disk, path, syncing }: Place, name: string, bytes: Uint8Array): boolean {
  return using(disk.open(join(path, `${name}.part`)), (file) => {
    file.truncate(0);
    file.write(bytes, 0);
    return syncing.file(file);
  });
}

function using<T>(file: DiskFile, work: (file: DiskFile) => T): T {
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/**
 * Renames the journal back before its snapshot is removed, and removes it afterwards: a snapshot alone would
 * be taken for one that lost its journal.
 */
function takeBack(place: Place, beginning: Beginning, failure?: unknown): void {
  const { disk, path, syncing } = place;
  const [avro, journal] = namesOf(beginning);
  try {
    if (disk.list(path).includes(journal)) disk.rename(join(path, journal), join(path, `${journal}.part`));
  } catch {
    throw new NotTakenBack(`${journal} was written, and could not be taken back`, { cause: failure });
  }
  remove(place, [`${avro}.part`, avro]);
  try {
    syncing.folder(path);
  } catch {}
  remove(place, [`${journal}.part`]);
}

/** Removes the files of every other beginning. */
export function removeOthers(place: Place, beginning: Beginning): void {
  const kept = [...namesOf(beginning), beginning.module && moduleName(beginning.module.digest)];
  remove(
    place,
    place.disk.list(place.path).filter((name) => isOurs(name) && !kept.includes(name)),
  );
}

/** A file that cannot be removed does no harm, and is removed after the next beginning. */
function remove({ disk, path }: Place, names: readonly string[]): void {
  for (const name of names) {
    try {
      disk.remove(join(path, name));
    } catch {}
  }
}

/**
 * Rewrites a journal of an older version, with the same records.
 *
 * @throws NotTakenBack with the failure as its cause, when the new journal could not be opened afterwards
 */
export function renew(
  place: Place,
  {
    number,
    snapshot,
    records,
  }: { readonly number: number; readonly snapshot: Seal; readonly records: Iterable<Uint8Array> },
  mayCount: () => void,
): Begun {
  const { disk, path, syncing } = place;
  const name = fileName(number, "journal");
  const head = newHead(snapshot, undefined);
  let end = head.bytes.length;
  let frames = 0;
  const synced = using(disk.open(join(path, `${name}.part`)), (file) => {
    file.truncate(0);
    file.write(head.bytes, 0);
    for (const record of records) {
      const bytes = frame([record], { sequence: frames, synced: 0 }, head);
      file.write(bytes, end);
      end += bytes.length;
      frames++;
    }
    return syncing.file(file);
  });
  mayCount();
  disk.rename(join(path, `${name}.part`), join(path, name));
  try {
    syncing.folder(path);
    const file = disk.open(join(path, name));
    return { file, survey: { head, end, frames, synced: synced ? frames : 0 } };
  } catch (cause) {
    throw new NotTakenBack(`${name} was written anew, and could not be opened`, { cause });
  }
}

function namesOf({ number }: Beginning): [string, string] {
  return [fileName(number, "avro"), fileName(number, "journal")];
}
