/** The page about the fault matrix says what the tests show: every row is shown or owed. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/faults.mjs", import.meta.url));
const page = readFileSync(new URL("../../docs/faults.md", import.meta.url), "utf8");

it("is up to date with the titles of the tests", async () => {
  await expect(promisify(execFile)(process.execPath, [script, "--check"])).resolves.toBeDefined();
});

it("has a row for every fault, and says of each whether it is shown or owed", () => {
  const rows = [...page.matchAll(/^\| (F\d+) \|.*?\|.*?\| (shown|owed: \w)/gm)].map(([, row]) => row);
  const numbers = Array.from({ length: 43 }, (_, i) => i + 1).filter((n) => n < 26 || n > 28);
  expect(rows).toEqual(numbers.map((n) => `F${n}`));
});
