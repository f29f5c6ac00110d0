/** AssemblyScript's `abort(message, file, line, column)`: an error with a place. */
import type { Views } from "../../abi/canonical/memory.ts";
import { printable } from "../../abi/printable.ts";

/** The longest file name, in UTF-8 bytes. */
const PLACE = 512;

/** The guest aborted: a trap with its reason and its place. */
export class GuestAbort extends Error {
  override readonly name = "GuestAbort";
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;

  constructor(message: string, file: string | undefined, line: number, column: number) {
    const place = file === undefined ? "" : ` (${printable(file, PLACE)}:${line}:${column})`;
    super(`${printable(message) || "abort"}${place}`);
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

/** The import `env.abort`, which ends the guest's call by throwing. */
export function abortImport(views: () => Views): (...args: number[]) => never {
  return (message = 0, file = 0, line = 0, column = 0) => {
    const text = stringAt(views(), message) ?? "";
    throw new GuestAbort(text, stringAt(views(), file), line >>> 0, column >>> 0);
  };
}

/** Characters of a message that are read; the rest is only counted, which leaves room for saying so. */
const MOST = 4_000;

/**
 * A string object of AssemblyScript, whose size in bytes lies 4 bytes before it:
 *
 *     pointer - 4      pointer
 *     | u32 size       | UTF-16 code units ...
 */
function stringAt(views: Views, at: number): string | undefined {
  const pointer = at >>> 0;
  if (pointer < 4 || pointer % 2 !== 0 || pointer > views.size) return undefined;
  const size = views.data.getUint32(pointer - 4, true);
  if (pointer + size > views.size) return undefined;
  const units = Math.min(size >>> 1, MOST);
  let text = "";
  for (let i = 0; i < units; i++) text += String.fromCharCode(views.data.getUint16(pointer + 2 * i, true));
  const left = (size >>> 1) - units;
  return left === 0 ? text : `${text}… (${left} characters left out)`;
}
