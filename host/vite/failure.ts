/** Build errors as Vite shows them: in its overlay in the page, and in the terminal. */
import { resolve } from "node:path";
import { type ErrorPayload, normalizePath } from "vite";
import { type BuildDiagnostic, BuildError, diagnosticText } from "../../abi/transform/mod.ts";
import { ProjectError } from "../dev/project.ts";

/** The plugin's name in Vite's errors, by which the page recognizes them. */
export const PLUGIN = "moult";

/** An error with the place and the source frame of its cause. */
export interface Failure extends Error {
  readonly plugin: string;
  readonly id: string;
  readonly loc?: { readonly file: string; readonly line: number; readonly column: number };
  readonly frame?: string;
  /** All files that the build read or looked for, as absolute paths with `/`. */
  readonly files: readonly string[];
  /** Whether `files` is incomplete, for example because the compiler crashed. */
  readonly blind: boolean;
}

/**
 * The error of an entry file's build.
 *
 * @param file an absolute path, with `/`
 * @param around files with the settings of the build
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
    // The stack would only show where this was thrown, and not the author's file.
    stack: "",
    plugin: PLUGIN,
    id: place ?? file,
    ...(place && { loc: { file: place, line: first.line ?? 1, column: first.column ?? 1 } }),
    ...(first?.frame && { frame: first.frame }),
    files: [...known, ...around].map(normalizePath),
    blind: known.length === 0,
  }) as Failure;
}

/** The message that makes a page show it. */
export function payloadOf({ message, plugin, id, loc, frame }: Failure): ErrorPayload {
  return {
    type: "error",
    err: { message, stack: "", plugin, id, ...(loc && { loc }), ...(frame && { frame }) },
  };
}

/** The same for the terminal, without control characters. */
export function textOf({ message, id, loc, frame }: Failure): string {
  const place = loc ? `${loc.file}:${loc.line}:${loc.column}` : id;
  return plain(`[${PLUGIN}] ${place}\n${message}${frame ? `\n${frame}` : ""}`);
}

export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\ufffd");
}

/** The message without its place and frame, which are shown separately. */
function headline({ code, message, hint }: BuildDiagnostic): string {
  return `${code}: ${message}${hint === undefined ? "" : `\nhint: ${hint}`}`;
}
