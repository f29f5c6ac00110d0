/** The files of a store in a directory, by name. */

export type Kind = "avro" | "journal";

const NUMBERED = /^(\d{10})\.(avro|journal)(\.part)?$/;
const MODULE = /^module-[0-9a-f]{64}\.wasm(\.part)?$/;
/** Files that operating systems and their tools leave in any folder. */
const LEFT_BY_SYSTEMS =
  /^(\.|(lost\+found|desktop\.ini|Thumbs\.db|System Volume Information|\$RECYCLE\.BIN)$)/i;

export function isOurs(name: string): boolean {
  return NUMBERED.test(name) || MODULE.test(name);
}

export function isAnyFolders(name: string): boolean {
  return LEFT_BY_SYSTEMS.test(name);
}

/** The name of a snapshot or a journal. */
export function fileName(number: number, kind: Kind): string {
  return `${String(number).padStart(10, "0")}.${kind}`;
}

/** @param digest SHA-256 in hexadecimal */
export function moduleName(digest: string): string {
  return `module-${digest}.wasm`;
}

/** The highest number of a file of this kind, or 0; temporary names do not count. */
export function newest(names: readonly string[], kind: Kind): number {
  return names.reduce((most, name) => {
    const [, number, found, part] = NUMBERED.exec(name) ?? [];
    return found === kind && part === undefined ? Math.max(most, Number(number)) : most;
  }, 0);
}
