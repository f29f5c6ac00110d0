/** The demo of a server, as a user runs it: the built program, in a process of its own. `npm test` builds it. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/demo/server/main.js", import.meta.url));

it("fails no request through edits that are swapped in, do not build, are refused, and trap", async () => {
  const { code, out, err } = await ended(started("--tour", "--seconds", "4", "--rate", "150"));
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out).toMatch(/✓ swapped to generation 2: \d+ bytes of state, paused [\d.]+ ms/);
  expect(out).toMatch(
    /✗ not built: handler\.ts:\d+:\d+ error TS2322: Type '~lib\/string\/String' is not assignable/,
  );
  expect(out).toMatch(/✗ refused: \[?.*pages: the new version has no such field/);
  expect(out).toMatch(
    /✗ back to generation 2: one in a hundred \(handler\.ts:\d+:\d+\); it ran \d+ calls again/,
  );
  expect(out).toMatch(/· \d+ s, generation \d, [\d,]+ requests\/s, p50 [\d.]+ ms, p99 [\d.]+ ms, 0 failed/);
  const [, answered, counted] = /the server answered ([\d,]+) requests, .* says ([\d,]+)\n/.exec(out) ?? [];
  expect(counted).toBe(answered);
  expect(out).toMatch(/^answered [\d,]+, failed 0, p50 [\d.]+ ms, p99 [\d.]+ ms$/m);
  expect(out).toMatch(/^swapped 3, longest pause [\d.]+ ms; refused 1, not built 1, rolled back 1$/m);
});

it("ends at Ctrl-C, and tells how it went", async () => {
  const child = started("--rate", "50");
  const telling = ended(child);
  await new Promise<void>((resolve) => {
    child.stdout!.on("data", (text: string) => {
      if (text.includes("serving http://127.0.0.1:")) resolve();
    });
  });
  child.kill("SIGINT");
  const { code, out, err } = await telling;
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^swapped 0, longest pause 0\.00 ms; refused 0, not built 0, rolled back 0$/m);
});

it("tells programs how it went", async () => {
  const { code, out, err } = await ended(started("--rate", "100", "--seconds", "0.5", "--json"));
  expect([code, err]).toEqual([0, ""]);
  const { answered, counted, p50, p99, ...rest } = JSON.parse(out);
  expect(answered).toBeGreaterThan(0);
  expect(counted).toBe(answered);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(rest).toEqual({ failed: 0, swapped: 0, refused: 0, notBuilt: 0, rolledBack: 0, longestPause: 0 });
});

it("says what it takes, and what is wrong with what it was given", async () => {
  expect(await ended(started("--help"))).toMatchObject({
    code: 0,
    out: expect.stringContaining("--seconds N"),
  });
  for (const [given, told] of [
    [["--rate", "many"], "--rate many: wanted a number from 1 to 20,000"],
    [["--seconds", "0"], "--seconds 0: wanted a number"],
    [["--prot", "1"], "Unknown option '--prot'"],
  ] as const) {
    const { code, err } = await ended(started(...given));
    expect([code, err]).toEqual([2, expect.stringContaining(told)]);
    expect(err).toContain("Try: npm run demo:server -- --help");
  }
});

function started(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}
