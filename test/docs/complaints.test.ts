/** The public complaints of `docs/compare.md`: what moult does is shown by tests, and each of them is there. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const text = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const [, table = ""] = text("docs/compare.md").split("## What users of other systems complain about\n");
const rows = table
  .split("\n")
  .filter((line) => /^\| (?!complaint|-)/.test(line))
  .map((line) => line.split(" | "));

it("names a test for everything that it says, and the test is there", () => {
  expect(rows.length).toBeGreaterThan(25);
  const missing = rows.flatMap(([complaint, , shown = ""]) => {
    const named = [...shown.matchAll(/(?:^|<br>)(.+?) \(\[[^\]]+\]\(\.\.\/(test\/[^)]+)\)\)/g)];
    if (named.length === 0) return [`${complaint}: no test`];
    return named
      .filter(([, title = "", file = ""]) => !text(file).includes(title))
      .map(([, title, file]) => `${file}: ${title}`);
  });
  expect(missing).toEqual([]);
});
