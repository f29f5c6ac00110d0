/** What a page pays for `import { load, contract } from "moult"`. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/size.mjs", import.meta.url));
const size = (...args: string[]) => promisify(execFile)(process.execPath, [script, "--brief", ...args]);

it("is within its budget", async () => {
  const { stdout } = await size().catch(({ stdout, stderr }) => expect.unreachable(`${stdout}${stderr}`));
  expect(stdout).toMatch(
    /^import .* from "moult": [\d.]+ KB gzip with the page, [\d.]+ KB until the first answer/,
  );
});

it("brings zod/mini alone, so that a page that uses it has no classic zod beside it", async () => {
  const bundle = new URL("../../dist/bundle/", import.meta.url);
  const found = new Set(["./moult.js"]);
  for (const name of found) {
    if (!name.startsWith("./")) continue;
    const text = await readFile(new URL(name, bundle), "utf8");
    for (const [, other] of text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)) found.add(other as string);
  }
  expect(found.size).toBeGreaterThan(10);
  expect([...found].filter((name) => name.startsWith("zod"))).toEqual(["zod/mini"]);
});

it("is refused above its budget, with the modules that are largest", async () => {
  const { code, stdout, stderr } = await size("--budget", "1000").then(
    () => expect.unreachable("it was within a budget of 1000 bytes"),
    (error) => error,
  );
  expect(code).toBe(1);
  expect(stdout).toContain("abi/canonical/variant.ts");
  expect(stderr).toMatch(/what comes with the page is \d+ bytes over its budget/);
});
