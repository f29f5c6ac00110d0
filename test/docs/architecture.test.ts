/** The page of the architecture says what the code says. */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PHASES } from "../../host/codes.ts";
import { TRANSITIONS } from "../../host/swap/status.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/architecture.md", root), "utf8");

/** The rows of the first table below a heading, cell by cell. */
function table(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  const end = section.slice(section.indexOf(rows[0] ?? "")).indexOf("\n\n");
  const count = section
    .slice(section.indexOf(rows[0] ?? ""))
    .slice(0, end)
    .split("\n").length;
  return rows.slice(0, count).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

it("draws the transitions that a plugin has, and no others", () => {
  const [[, ...events] = [], , ...rows] = table("The status of a plugin");
  const drawn = Object.fromEntries(
    rows.map(([status = "", ...cells]) => [
      status,
      Object.fromEntries(events.map((event, i) => [event, cells[i]] as const).filter(([, to]) => to !== "")),
    ]),
  );
  expect(drawn).toEqual(TRANSITIONS);
});

it("names the phases of a swap, in order", () => {
  const [, , ...rows] = table("The life of a swap");
  expect(rows.map(([phase = ""]) => phase.replaceAll("*", ""))).toEqual(PHASES);
});

it("names rooms and files that are there", () => {
  const house = page.split("## The house")[1]?.split("```")[1] ?? "";
  let room = "";
  const missing: string[] = [];
  for (const line of house.split("\n")) {
    const [, indent = "", name = ""] = /^( *)([\w./-]+)/.exec(line) ?? [];
    if (!name) continue;
    if (indent === "" && name.endsWith("/")) room = name;
    const path = indent === "" ? name : `${room}${name}`;
    if (/[/.]/.test(name) && !existsSync(new URL(path, root))) missing.push(path);
  }
  expect(missing).toEqual([]);
});
