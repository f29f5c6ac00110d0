/** The tables of the documents, made from what was run, and from nothing else. */

import { FEATURES } from "./features.ts";
import { ENGINES_OF_TABLES } from "./names.ts";

/** What one engine did; `docs/engines.json` has one of them for each. */
export type Run =
  | {
      readonly engine: string;
      readonly version: string;
      /** 2026-12-01 */
      readonly day: string;
      /** By feature: `works`, `lacks CODE` where it fails as documented, or `not run: WHY`. */
      readonly features: Readonly<Record<string, string>>;
    }
  | { readonly engine: string; readonly notRun: string };
export type Runs = Readonly<Record<string, Run>>;

/** The whole table: a row a feature, a column an engine. */
export function featureTable(runs: Runs): string {
  const heads = ENGINES_OF_TABLES.map(({ id, name }) => headOf(name, runs[id]));
  const rows = FEATURES.map(({ id, title, server }) => [
    title,
    ...ENGINES_OF_TABLES.map((engine) => (server && engine.page ? "–" : cellOf(runs[engine.id], id))),
  ]);
  return table([["", ...heads], ...rows]);
}

/** The short one: a row an engine. */
export function engineTable(runs: Runs): string {
  const rows = ENGINES_OF_TABLES.map(({ id, name, page }) => {
    const run = runs[id];
    if (run === undefined || "notRun" in run) return [name, "not run", "", "", ""];
    const asked = FEATURES.filter(({ server }) => !(server && page)).map(
      (each) => run.features[each.id] ?? "not run",
    );
    const count = (kind: RegExp) => String(asked.filter((each) => kind.test(each)).length);
    const lacking = FEATURES.filter((each) => run.features[each.id]?.startsWith("lacks"))
      .map((each) => `${each.title.split(/[,:]/)[0]}: ${codeOf(run.features[each.id] as string)}`)
      .join("; ");
    return [
      `${name}${shownVersion(name, run.version)}`,
      run.day,
      `${count(/^works/)} of ${asked.length}`,
      lacking,
      count(/^not run/),
    ];
  });
  return table([["", "day", "works", "fails as documented", "not run"], ...rows]);
}

function cellOf(run: Run | undefined, feature: string): string {
  const told = run === undefined || "notRun" in run ? "not run" : (run.features[feature] ?? "not run");
  if (told.startsWith("lacks")) return codeOf(told);
  return told.startsWith("not run") ? "not run" : told;
}

function codeOf(told: string): string {
  const code = told.replace(/^lacks /, "");
  return code === "no-place" ? "aborts only" : `\`[${code}]\``;
}

function headOf(name: string, run: Run | undefined): string {
  return run === undefined || "notRun" in run ? name : `${name}${shownVersion(name, run.version)}`;
}

/** `Node.js 22` has its first number in its name. */
function shownVersion(name: string, version: string): string {
  const short = version.split(".").slice(0, 2).join(".");
  return / \d+/.test(name) ? ` (${version})` : ` ${short}`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A document with the tables of these runs between its marks. */
export function written(document: string, runs: Runs): string {
  const tables: Readonly<Record<string, string>> = {
    engines: engineTable(runs),
    features: featureTable(runs),
  };
  return document.replace(
    /(<!-- (engines|features) -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}${tables[name]}\n${end}`,
  );
}
