/** What the documents say of engines is what was run. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FEATURES } from "../engines/features.ts";
import { lackOf } from "../engines/lacks.js";
import { ENGINES_OF_TABLES } from "../engines/names.ts";
import { type Runs, written } from "../engines/table.ts";

const root = new URL("../../", import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), "utf8");
const runs: Runs = JSON.parse(text("docs/engines.json"));
const DOCUMENTS = ["README.md", "docs/platforms.md"];
const REDO = "npm run engines writes it";

describe.each(DOCUMENTS)("%s", (path) => {
  it("has the tables of what was run", () => {
    expect(written(text(path), runs), REDO).toBe(text(path));
    expect(text(path)).toMatch(/<!-- (engines|features) -->\n\| /);
  });

  it("says of no engine that it is tested where no run says so", () => {
    const outside = text(path).replace(/<!-- (engines|features) -->[\s\S]*?<!-- \/\1 -->/g, "");
    const claims = outside
      .split("\n")
      .filter((line) => /^\| *(Node|Deno|Bun|Chrom|Firefox|Safari|WebKit)/.test(line));
    expect(claims.filter((line) => /\b(tested|works)\b/.test(line))).toEqual([]);
  });
});

describe.each(ENGINES_OF_TABLES)("$name", ({ id, page }) => {
  const run = runs[id];
  it("was run with every feature of the list, or says why not", () => {
    expect(run, REDO).toBeDefined();
    if (run === undefined || "notRun" in run) return expect(run?.notRun).toMatch(/\S/);
    expect(run.day).toMatch(/^\d{4}-\d\d-\d\d$/);
    const asked = FEATURES.filter(({ server }) => !(server && page)).map((each) => each.id);
    expect(Object.keys(run.features), REDO).toEqual(asked);
    const failing = Object.entries(run.features).filter(
      ([, told]) => !/^(works$|lacks |not run: )/.test(told),
    );
    expect(failing).toEqual([]);
  });

  it("lacks what is told in lacks.js, and nothing else", () => {
    if (run === undefined || "notRun" in run) return;
    const engine = run.engine.replace(/ \d+.*$/, "");
    for (const [feature, told] of Object.entries(run.features)) {
      if (told.startsWith("not run")) continue;
      const lack = lackOf(feature, { engine, version: run.version });
      expect([feature, told]).toEqual([feature, lack ? `lacks ${lack.error}` : "works"]);
    }
  });
});

it("a feature that nobody ran, an engine that was not asked, and a wrong word are found", () => {
  const [first, ...others] = Object.entries(runs);
  const document = text("docs/platforms.md");
  expect(written(document, Object.fromEntries(others))).not.toBe(document);
  expect(written(document, { ...runs, [first![0]]: { engine: "x", notRun: "y" } })).not.toBe(document);
  expect(written(document.replace("| works |", "| fine |"), runs)).toBe(document);
});

it("the list is read whole", () => {
  const ids = FEATURES.map(({ id }) => id);
  const all = ["list.js", "server-list.js"].flatMap((file) => [
    ...text(`test/engines/${file}`).matchAll(/^ {4}id: "(.*)",$/gm),
  ]);
  expect(ids).toEqual(all.map(([, id]) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
