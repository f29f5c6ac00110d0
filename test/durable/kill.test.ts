/** The short form of `npm run kill`, on the built program: `npm test` builds it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const KILL = fileURLToPath(new URL("../../scripts/kill.mjs", import.meta.url));

it("F31: kills a program thirty times at random points, and misses no acknowledged call", async () => {
  const { code, out, err } = await run(["--kills", "30", "--json"]);
  expect(err).toBe("");
  const { seed, acknowledged, ...told } = JSON.parse(out);
  expect(told, `seed ${seed}`).toMatchObject({ kills: 30, lost: 0, doubled: 0, bookingsMissing: 0 });
  expect(acknowledged).toBeGreaterThan(30);
  expect(code).toBe(0);
});

function run(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [KILL, ...args], { stdio: "pipe" });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
