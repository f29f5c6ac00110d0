/** A snapshot's page, for people. */
import type { InspectedSnapshot } from "../inspected/inspected-snapshot.ts";
import { classRows } from "../inspected/state-classes.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { count, heading, rows } from "./page.ts";
import { readable } from "./readable.ts";

/** The most items of each list, characters of each text, and lines in all. */
const MOST = 20;
const TEXT = 200;
const LINES = 400;

export function printSnapshot(terminal: Terminal, file: string, snapshot: InspectedSnapshot): void {
  const { plugin, version, stateBytes } = snapshot;
  const whose =
    plugin === undefined ? "of another Avro tool, which names no plugin" : `of ${plugin} ${version}`;
  terminal.print(terminal.style("bold", plain(`A snapshot ${whose}`)));
  rows(terminal, [
    ["file", `${file}: ${count(snapshot.bytes)} bytes, ${count(stateBytes)} of them state`],
    ["digest", snapshot.digest],
    ["fingerprint", snapshot.fingerprint],
  ]);
  heading(terminal, "Schema");
  const schema = snapshot.opaque ? [["bytes of the plugin's own making"]] : classRows(snapshot.classes);
  rows(terminal, schema.length > 0 ? schema : [[JSON.stringify(snapshot.schema)]]);
  heading(terminal, snapshot.opaque ? "State, in base64" : "State");
  if (!("state" in snapshot)) {
    terminal.print("  more than 64 MiB, which is not shown");
    return;
  }
  const lines = readable(snapshot.state, {
    columns: terminal.columns - 2,
    most: MOST,
    text: TEXT,
    depth: MOST,
  });
  for (const line of lines.slice(0, LINES)) terminal.print(`  ${line}`);
  const more = lines.length - LINES;
  if (more > 0) terminal.print(`  … and ${count(more)} more lines; --json has all of it`);
}
