import { relative, resolve } from "node:path";
import { type Diagnostic, DiagnosticCategory, type Range } from "./compiler.ts";
import { hint } from "./hint.ts";

export interface BuildDiagnostic {
  readonly category: "error" | "warning" | "note";
  /** As the compiler counts: `TS2322`, `AS109`. */
  readonly code: string;
  readonly message: string;
  /**
   * As a path from the folder that the build was told (`from`), by default the working directory; `~lib/...` is a
   * library's. Absent when it is about no place.
   */
  readonly file?: string;
  /** Both from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The line, and a mark under the place. */
  readonly frame?: string;
  /** What to write instead, where TypeScript's habits meet what AssemblyScript cannot do. */
  readonly hint?: string;
}

/** Where the compiler's paths begin, and where those of diagnostics do; both absolute. */
export interface Places {
  readonly baseDir: string;
  readonly from: string;
}

export interface BuildErrorOptions {
  /** Why, where it is not the program's fault. */
  readonly cause?: Error | undefined;
  /** @default none */
  readonly files?: readonly string[];
}

/** A program that cannot be built: all that is wrong with it, with places. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  /** The entry file, absolute. */
  readonly entry: string;
  readonly diagnostics: readonly BuildDiagnostic[];
  /** The files that were read, and those that were looked for and not found, absolute: watch them. */
  readonly files: readonly string[];

  constructor(entry: string, diagnostics: readonly BuildDiagnostic[], rest: BuildErrorOptions = {}) {
    const { cause, files = [] } = rest;
    const count = diagnostics.length === 1 ? "1 error" : `${diagnostics.length} errors`;
    const what = cause === undefined ? count : cause.message;
    const texts = diagnostics.map((one) => `\n\n${diagnosticText(one)}`).join("");
    super(`could not build ${entry}: ${what}${texts}`, cause === undefined ? undefined : { cause });
    this.entry = entry;
    this.diagnostics = diagnostics;
    this.files = files;
  }
}

const CATEGORIES: Readonly<Record<number, BuildDiagnostic["category"]>> = {
  [DiagnosticCategory.Error]: "error",
  [DiagnosticCategory.Warning]: "warning",
};

export function diagnosticOf(
  diagnostic: Pick<Diagnostic, "code" | "category" | "message"> & { range: unknown },
  places: Places,
): BuildDiagnostic {
  const { code, category, message } = diagnostic;
  const range = diagnostic.range as Range | null;
  const found = {
    category: CATEGORIES[category] ?? "note",
    code: `${code < 1000 ? "AS" : "TS"}${code}`,
    message: message.replace(/^Transform 'moult': /, ""),
    ...(range === null || range.source.lineAt === undefined ? {} : placeOf(range, places)),
  };
  const help = hint(found);
  return help === undefined ? found : { ...found, hint: help };
}

/** `src/handler.ts:3:10 error AS109: ...`, then the line with a mark, then what to write instead. */
export function diagnosticText(diagnostic: BuildDiagnostic): string {
  const { file, line, column, category, code, message, frame, hint: help } = diagnostic;
  const place = file === undefined ? "" : `${file}:${line}:${column} `;
  const lines = [`${place}${category} ${code}: ${message}`];
  if (frame !== undefined) lines.push(frame);
  if (help !== undefined) lines.push(`hint: ${help}`);
  return lines.join("\n");
}

function placeOf({ source, start, end }: Range, places: Places) {
  const line = source.lineAt(start);
  const column = source.columnAt();
  const text = (source.text.split(/\r?\n/)[line - 1] ?? "").replaceAll("\t", " ");
  const length = Math.max(1, Math.min(end - start, text.length - column + 1));
  const number = `${line} | `;
  return {
    file: pathFrom(source.normalizedPath, places),
    line,
    column,
    frame: `${number}${text}\n${" ".repeat(number.length + column - 1)}${"^".repeat(length)}`,
  };
}

/** A path of the compiler's as its reader can open it; with `/`, as everywhere in what is said of sources. */
export function pathFrom(path: string, { baseDir, from }: Places): string {
  if (path.startsWith("~lib/")) return path;
  const absolute = resolve(baseDir, path);
  const found = relative(from, absolute);
  // On another drive there is no way from here to there.
  return (found === "" ? absolute : found).replaceAll("\\", "/");
}
