/** Failures as Vite shows them: in its overlay in the page, and in the terminal. */
import { resolve } from "node:path";
import { type ErrorPayload, normalizePath } from "vite";
import { type BuildDiagnostic, BuildError, diagnosticText } from "../../abi/transform/mod.ts";
import { ProjectError } from "../dev/project.ts";

/** Whose errors these are. The page knows them by it. */
export const PLUGIN = "moult";

/** An error with the place and the frame of its source. */
export interface Failure extends Error {
  readonly plugin: string;
  readonly id: string;
  readonly loc?: { readonly file: string; readonly line: number; readonly column: number };
  readonly frame?: string;
  /** What the build read and what it looked for, absolute, with `/`. */
  readonly files: readonly string[];
  /** The compiler crashed, say, and it is not known what it had read. */
  readonly blind: boolean;
}

/**
 * What went wrong with an entry file.
 *
 * @param file absolute, with `/`
 * @param around files that say how it is built
 */
export function failureOf(error: unknown, file: string, around: readonly string[] = []): Failure {
  const known = error instanceof BuildError || error instanceof ProjectError ? error.files : [];
  const diagnostics = error instanceof BuildError ? error.diagnostics : [];
  const at = (one: BuildDiagnostic) => one.file && normalizePath(resolve(one.file));
  const [first, ...rest] = diagnostics;
  const message = first
    ? [headline(first), ...rest.map(diagnosticText)].join("\n\n")
    : (error as Error).message;
  const place = first && at(first);
  return Object.assign(new Error(message, { cause: error }), {
    // Where it was thrown says nothing: it is about the author's file.
    stack: "",
    plugin: PLUGIN,
    id: place ?? file,
    ...(place && { loc: { file: place, line: first.line ?? 1, column: first.column ?? 1 } }),
    ...(first?.frame && { frame: first.frame }),
    files: [...known, ...around].map(normalizePath),
    blind: known.length === 0,
  }) as Failure;
}

/** The message to a page that shows it. */
export function payloadOf({ message, plugin, id, loc, frame }: Failure): ErrorPayload {
  return {
    type: "error",
    err: { message, stack: "", plugin, id, ...(loc && { loc }), ...(frame && { frame }) },
  };
}

/** The same for the terminal, in which nothing that it says may act. */
export function textOf({ message, id, loc, frame }: Failure): string {
  const place = loc ? `${loc.file}:${loc.line}:${loc.column}` : id;
  return plain(`[${PLUGIN}] ${place}\n${message}${frame ? `\n${frame}` : ""}`);
}

export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\ufffd");
}

/** Its place and its frame are shown apart. */
function headline({ code, message, hint }: BuildDiagnostic): string {
  return `${code}: ${message}${hint === undefined ? "" : `\nhint: ${hint}`}`;
}
