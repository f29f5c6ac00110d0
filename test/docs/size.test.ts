/** What a page pays for `import { load, contract } from "moult"`. */
import { execFile } from "node:child_process";
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

it("is refused above its budget, with the modules that are largest", async () => {
  const { code, stdout, stderr } = await size("--budget", "1000").then(
    () => expect.unreachable("it was within a budget of 1000 bytes"),
    (error) => error,
  );
  expect(code).toBe(1);
  expect(stdout).toContain("abi/canonical/variant.ts");
  expect(stderr).toMatch(/what comes with the page is \d+ bytes over its budget/);
});
