import { type Diagnostic, DiagnosticCategory, type Range } from "./compiler.ts";

export interface BuildDiagnostic {
  readonly category: "error" | "warning" | "note";
  /** As the compiler counts: `TS2322`, `AS109`. */
  readonly code: string;
  readonly message: string;
  /** From the entry's folder; absent when it is about no place. */
  readonly file?: string;
  /** Both from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The line, and a mark under the place. */
  readonly frame?: string;
}

/** A program that cannot be built: all that is wrong with it, with places. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly diagnostics: readonly BuildDiagnostic[];
  /** The files that were read, and those that were looked for in vain, absolute: watch them. */
  readonly files: readonly string[];

  constructor(
    entry: string,
    diagnostics: readonly BuildDiagnostic[],
    { cause, files = [] }: { readonly cause?: Error | undefined; readonly files?: readonly string[] } = {},
  ) {
    const count = diagnostics.length === 1 ? "1 error" : `${diagnostics.length} errors`;
    const what = cause === undefined ? count : cause.message;
    const texts = diagnostics.map((one) => `\n\n${diagnosticText(one)}`).join("");
    super(`could not build ${entry}: ${what}${texts}`, cause === undefined ? undefined : { cause });
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
): BuildDiagnostic {
  const { code, category, message } = diagnostic;
  const range = diagnostic.range as Range | null;
  return {
    category: CATEGORIES[category] ?? "note",
    code: `${code < 1000 ? "AS" : "TS"}${code}`,
    message: message.replace(/^Transform 'moult': /, ""),
    ...(range === null || range.source.lineAt === undefined ? {} : placeOf(range)),
  };
}

/** `handler.ts:3:10 error AS109: ...`, then the line with a mark. */
export function diagnosticText({
  file,
  line,
  column,
  category,
  code,
  message,
  frame,
}: BuildDiagnostic): string {
  const place = file === undefined ? "" : `${file}:${line}:${column} `;
  return `${place}${category} ${code}: ${message}${frame === undefined ? "" : `\n${frame}`}`;
}

function placeOf({ source, start, end }: Range) {
  const line = source.lineAt(start);
  const column = source.columnAt();
  const text = (source.text.split(/\r?\n/)[line - 1] ?? "").replaceAll("\t", " ");
  const length = Math.max(1, Math.min(end - start, text.length - column + 1));
  const number = `${line} | `;
  return {
    file: source.normalizedPath,
    line,
    column,
    frame: `${number}${text}\n${" ".repeat(number.length + column - 1)}${"^".repeat(length)}`,
  };
}
