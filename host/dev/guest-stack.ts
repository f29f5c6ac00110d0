/** The place of a trap in its author's files: engines give it as an offset in the module. */
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, relative, resolve } from "node:path";

export interface GuestFrame {
  /** The function's name, as the module has it; unknown in a release build. */
  readonly name: string | undefined;
  /** A path relative to the given folder, else to the entry's; `~lib/...` is the library. */
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** The source line with a mark under the place, where the source map has the sources. */
  readonly frame: string | undefined;
}

/**
 * Where the module was built, and which folder paths are shown relative to: compilers name files relative to
 * the entry's folder.
 */
export interface GuestOrigin {
  /** The entry file, absolute. */
  readonly entry: string;
  /** The folder that paths are relative to. @default the working directory */
  readonly from?: string;
}

/**
 * The spellings of a frame: `at p/a (wasm://wasm/1d46926e:wasm-function[2]:0x2c7)`,
 * `p/a@file.js:wasm-function[2]:0x2c7`.
 */
const FRAME = /^\s*(?:at (?:(?<v8>.+) \()?|(?<gecko>.*)@).*wasm-function\[\d+\]:0x(?<offset>[0-9a-f]+)\)?$/;
/** The files that the transform generates around the author's code. */
const GENERATED = /^~lib\/moult\/(exports|imports)\.ts$/;

/**
 * The guest's own call stack, innermost first. Where the engine gives no offsets, as Bun, it has the place of an abort
 * alone, and is empty for other traps.
 *
 * @param error what a call threw: the trap may be one of its causes
 * @param sourceMap JSON, as `build` makes it, of exactly the module that trapped
 * @param origin without it, paths are relative to the entry's folder
 */
export function guestStack(error: unknown, sourceMap: string, origin?: GuestOrigin): readonly GuestFrame[] {
  // Compilers name a root that is nowhere; Deno puts it before each file, and Node leaves it out.
  const payload = { ...(JSON.parse(sourceMap) as SourceMapPayload), sourceRoot: "" };
  const map = new SourceMap(payload);
  const frames: GuestFrame[] = [];
  const add = (name: string | undefined, at: Place) => {
    const before = frames.at(-1);
    // An endless recursion is shown as one frame.
    if (before?.name === name && before?.file === placed(at.file, origin) && before.line === at.line) return;
    const text = payload.sourcesContent?.[payload.sources.indexOf(at.file)];
    const frame = text === undefined ? undefined : mark(text, at);
    frames.push({ name, ...at, file: placed(at.file, origin), frame });
  };
  const { abort, calls } = trapOf(error);
  // The code around an abort has no place in the map, but the abort has its own.
  if (abort !== undefined) add(calls[0]?.name, abort);
  for (const { name, offset } of calls) {
    const entry = map.findEntry(0, offset);
    if (!("originalSource" in entry) || entry.originalSource === undefined) continue;
    if (GENERATED.test(entry.originalSource)) continue;
    const { originalSource: file, originalLine, originalColumn } = entry;
    add(name, { file, line: originalLine + 1, column: originalColumn + 1 });
  }
  return frames;
}

/** The message of a trap, with its place as a path that the reader can open. */
export function trapText(trap: Error, origin?: GuestOrigin): string {
  const { message } = trap;
  const { file, line, column } = trap as Partial<Place>;
  const own = ` (${file}:${line}:${column})`;
  if (typeof file !== "string" || !message.endsWith(own)) return message;
  return `${message.slice(0, -own.length)} (${placed(file, origin)}:${line}:${column})`;
}

function placed(file: string, origin: GuestOrigin | undefined): string {
  if (origin === undefined || file.startsWith("~lib/")) return file;
  const { entry, from = "." } = origin;
  return relative(resolve(from), resolve(dirname(entry), file)).replaceAll("\\", "/");
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The author's own place: the first frame outside of the library. */
export function placeOf(frames: readonly GuestFrame[]): GuestFrame | undefined {
  return frames.find(({ file }) => !file.startsWith("~lib/"));
}

/** `    at a (plugin.ts:3:10)`, a line a frame. */
export function stackText(frames: readonly GuestFrame[]): string {
  return frames
    .map(({ name, file, line, column }) => {
      const place = `${file}:${line}:${column}`;
      return `    at ${name === undefined ? place : `${name} (${place})`}`;
    })
    .join("\n");
}

interface Trap {
  /** The place that `abort` got. */
  readonly abort: Place | undefined;
  readonly calls: readonly { readonly name: string | undefined; readonly offset: number }[];
}

function trapOf(error: unknown): Trap {
  for (let each = error; each instanceof Error; each = each.cause) {
    const calls = (each.stack ?? "").split("\n").flatMap((line) => {
      const { v8, gecko, offset } = FRAME.exec(line)?.groups ?? {};
      if (offset === undefined) return [];
      return [{ name: shortName(v8 ?? gecko), offset: Number.parseInt(offset, 16) }];
    });
    const { file, line, column } = each as Partial<Place>;
    const placed = typeof file === "string" && typeof line === "number" && typeof column === "number";
    const abort = placed ? { file, line, column } : undefined;
    if (calls.length > 0 || (abort && each.name === "GuestAbort")) return { abort, calls };
  }
  return { abort: undefined, calls: [] };
}

/** The compiler's names begin with the file: `inner/inner`, `~lib/array/Array<i32>#__get`. */
function shortName(name: string | undefined): string | undefined {
  // Deno names what has no name.
  if (name === undefined || name === "" || name === "<anonymous>") return undefined;
  const generic = name.indexOf("<");
  const path = generic < 0 ? name : name.slice(0, generic);
  return name.slice(path.lastIndexOf("/") + 1);
}

function mark(text: string, { line, column }: { line: number; column: number }): string {
  const shown = (text.split(/\r?\n/)[line - 1] ?? "").replaceAll("\t", " ");
  const number = `${line} | `;
  return `${number}${shown}\n${" ".repeat(number.length + column - 1)}^`;
}
