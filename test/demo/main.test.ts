/** The main job, as a user runs it: the built program, in a process of its own. `npm test` builds it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { sample } from "../../demo/sample.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));
const MAIN = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));

it("moults under the sample without losing a line, and prints one JSON object", async () => {
  const { code, out, err } = await run(["--json", "-"], [...sample(10_000)].join("\n"));
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out.trimEnd().split("\n")).toHaveLength(1);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ lines: 10_000, lost: 0, malformed: 11 });
  expect(report.generations.length).toBeGreaterThanOrEqual(3);
  expect(report.refused.map((each: { code: string }) => each.code)).toEqual([
    "failed-restore",
    "failed-verify",
  ]);
  expect(report.rolledBack).toHaveLength(1);
  expect(report.rolledBack[0].replayed).toBe(500);
  expect(report.topPaths).toHaveLength(10);
  expect(report.since.bytes).toBeGreaterThan(1_000);
  expect(report.pausesMs).toHaveLength(3);
});

it("reads a file, counts what awk counts, and tells a person what happened", async () => {
  const lines = [...sample(3_000)];
  const { code, out } = await run([logOf(3_000)]);
  expect(code).toBe(0);
  expect(out).toMatch(/^· reading .*access\.log\n/);
  const clients = new Set(lines.map((line) => line.split(" ")[0]));
  expect(out).toContain(`lines 3000, malformed 3, clients ${clients.size}, lost 0`);
  expect(out).toMatch(/✓ swapped to 3\.0\.0: \d+ bytes of state, paused [\d.]+ ms/);
  expect(out).toMatch(/✗ refused 3\.1\.0-broken\.forget: \[failed-verify\]/);
});

it.each([
  [1, "report"],
  [10, "report"],
  [400, "report"],
  [501, "report"],
  [599, "report"],
  [600, "handle"],
  [2_000, "handle"],
  [3_007, "handle"],
])("shows the trap after 500 calls and its rollback in a log of %i lines", async (lines, trapped) => {
  const { code, out, err } = await run(["--json", logOf(lines)]);
  expect(err).toBe("");
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ lines, lost: 0 });
  expect(report.rolledBack).toEqual([
    {
      version: "3.1.0-broken.trap",
      reason: expect.stringMatching(
        new RegExp(`log-handler\\.${trapped}: .* trapped: this version traps after 500 calls`),
      ),
      replayed: 500,
    },
  ]);
  expect(report.refused).toHaveLength(2);
  expect(report.pausesMs).toHaveLength(3);
});

it.each([1, 600, 1_700, 3_100])("shows it of a pipe that ends after %i lines", async (lines) => {
  const { code, out } = await run(["--json", "-"], [...sample(lines)].join("\n"));
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ lines, lost: 0 });
  expect(report.rolledBack).toMatchObject([{ version: "3.1.0-broken.trap", replayed: 500 }]);
});

it("manages a log without a line, and one that is no log", async () => {
  expect(JSON.parse((await run(["--json", "-"])).out)).toMatchObject({ lines: 0, lost: 0 });
  const { code, out } = await run(["--json", "-"], "only one line");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ lines: 1, malformed: 1, clients: 1, lost: 0 });
});

it("says what is wrong with the command line, and with a file that is not there", async () => {
  expect(await run(["--help"])).toMatchObject({ code: 0, err: "" });
  expect(await run(["--jsn"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("Try: npm start -- --help"),
  });
  expect(await run(["a", "b"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("found 2 files, wanted at most one"),
  });
  expect(await run(["nowhere.log"])).toMatchObject({ code: 1, err: expect.stringContaining("nowhere.log") });
});

/** A file with so many lines. */
function logOf(lines: number): string {
  const file = join(folder, `${lines}-access.log`);
  writeFileSync(file, [...sample(lines)].map((line) => `${line}\n`).join(""));
  return file;
}

function run(
  args: readonly string[],
  input = "",
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: "pipe" });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}
