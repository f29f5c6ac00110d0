import { relative, resolve } from "node:path";
import { type Diagnostic, DiagnosticCategory, type Range } from "./compiler.ts";
import { hint } from "./hint.ts";

export interface BuildDiagnostic {
  readonly category: "error" | "warning" | "note";
  /** The compiler's code: `TS2322`, `AS109`. */
  readonly code: string;
  readonly message: string;
  /**
   * A path relative to the folder in the option `from`, by default the working directory; `~lib/...` is a
   * library's. Missing without a place.
   */
  readonly file?: string;
  /** Both counted from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The source line, with a mark under the place. */
  readonly frame?: string;
  /** What to write instead, where a habit of TypeScript's meets a limit of AssemblyScript's. */
  readonly hint?: string;
}

/** The folders that the compiler's paths, and those of diagnostics, are relative to; both absolute. */
export interface Places {
  readonly baseDir: string;
  readonly from: string;
}

export interface BuildErrorOptions {
  /** The reason, where the program is not at fault. */
  readonly cause?: Error | undefined;
  /** @default none */
  readonly files?: readonly string[];
}

/** A program that cannot be built: all errors, with their places. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  /** The entry file, as an absolute path. */
  readonly entry: string;
  readonly diagnostics: readonly BuildDiagnostic[];
  /** The files that were read or not found, as absolute paths: watch them. */
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

/** A path of the compiler's, as the reader can open it; with `/`, as in all messages about sources. */
export function pathFrom(path: string, { baseDir, from }: Places): string {
  if (path.startsWith("~lib/")) return path;
  const absolute = resolve(baseDir, path);
  const found = relative(from, absolute);
  // No relative path leads to another drive.
  return (found === "" ? absolute : found).replaceAll("\\", "/");
}
