/** The result of a build, for people. */
import type { BuildDiagnostic, BuildError } from "../../../abi/transform/mod.ts";
import { plain, plainLines } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { bytes, count, rows } from "./page.ts";

/** The data of a build that is shown. */
export interface Built {
  readonly name: string;
  readonly version: string;
  readonly interface?: string;
  readonly optimize: "debug" | "release";
  readonly component: boolean;
  /** The folder of the files, relative to the terminal's folder. */
  readonly folder: string;
  readonly files: readonly { readonly file: string; readonly bytes: number }[];
  /** The size of the module. */
  readonly bytes: number;
  readonly gzip: number;
  /** The fingerprint of the state's schema. */
  readonly state?: string;
  /** The ID of the key that it is signed with. */
  readonly signedBy?: string;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** Milliseconds. */
  readonly time: number;
}

export function printBuilt(terminal: Terminal, built: Built): void {
  const { name, version, optimize, time, folder, files, gzip, state, component } = built;
  const done = terminal.style("green", "built");
  terminal.say(
    plain(`${name} ${version}`).concat(` ${done} for ${optimize} in ${count(Math.round(time))} ms`),
  );
  for (const text of [...built.warnings, ...built.notes]) terminal.say(`\n${plainLines(text)}`);
  const table = files.map(({ file, bytes: size }) => {
    const packed = file.endsWith(".wasm") && gzip !== undefined ? `, ${count(gzip)} with gzip` : "";
    return [`${folder}/${file}`, `${bytes(size)}${packed}`];
  });
  if (!component) table.push(["state", state === undefined ? "none" : `schema ${state.slice(0, 16)}`]);
  if (built.signedBy !== undefined) table.push(["signature", `by key ${built.signedBy}`]);
  rows(terminal, table);
}

/**
 * Reports why a plugin cannot be built; as JSON too, where that is asked for.
 *
 * @param name what was to be built, as it is shown
 */
export function tellUnbuilt(terminal: Terminal, { diagnostics }: BuildError, name: string): void {
  const errors = diagnostics.length === 1 ? "1 error" : `${diagnostics.length} errors`;
  const error = `could not build ${name}: ${errors}`;
  if (terminal.json) terminal.printJson({ ok: false, name, error, diagnostics });
  complainErrors(terminal, diagnostics);
  terminal.complain(`${terminal.style("red", "error:")} ${plain(error)}`);
}

/** Every error with its line, and what to write instead, where that is known. */
function complainErrors(terminal: Terminal, diagnostics: readonly BuildDiagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const { file, line, column, code, message, frame, hint } = diagnostic;
    const place = file === undefined ? "" : `${file}:${line}:${column} `;
    terminal.complain(
      `${plain(place)}${terminal.style("red", "error")} ${code}: ${plainLines(message)}` +
        (frame === undefined ? "" : `\n${plainLines(frame)}`),
    );
    if (hint !== undefined) terminal.complain(`hint: ${hint}`);
    terminal.complain("");
  }
}
