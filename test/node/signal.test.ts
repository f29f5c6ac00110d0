/** Real processes that are told to stop, on the built program: `npm test` builds it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "../../host/mod.ts";
import { closeOnSignal, directoryStore } from "../../host/node/mod.ts";
import { hostReleases } from "../../host/release/mod.ts";
import { memoryFabric } from "../../host/remote/mod.ts";
import { versions } from "../versions.ts";

const CHILD = fileURLToPath(new URL("stop-child.mjs", import.meta.url));
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "moult-stop-"));
let stores = 0;

beforeAll(async () => {
  for (const name of ["v1", "v2"]) writeFileSync(join(work, `${name}.wasm`), await counter(name));
});
afterAll(() => rmSync(work, { recursive: true }));

/** Runs the program, tells it to stop when it is ready, and once more when a line says so. */
async function stopped(where: string, again?: string) {
  const folder = join(work, `store ${++stores}`);
  const args = [CHILD, folder, join(work, "v1.wasm"), join(work, "v2.wasm"), where];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  let [rest, err] = ["", ""];
  child.stderr.on("data", (data) => {
    err += data;
  });
  child.stdout.on("data", (data) => {
    const whole = (rest + data).split("\n");
    rest = whole.pop()!;
    for (const line of whole) {
      lines.push(line);
      if (line.startsWith('["ready"') || line === again) child.kill("SIGTERM");
    }
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...how) => resolve(how));
  });
  const told = lines.map((line) => JSON.parse(line) as [string, unknown]).slice(1);
  const answers = Object.fromEntries(told);
  // Everybody has one answer, and a plugin is closed after its own had theirs.
  expect([rest, Object.keys(answers).length]).toEqual(["", told.length]);
  return { answers, last: told.slice(-2).map(([name]) => name), code, signal, err, folder };
}

/** What its store brings back. */
async function found(folder: string, version: string) {
  const again = await load(await counter(version), { store: directoryStore(folder) });
  const value = await again.call.value!();
  const { recovered } = again;
  await again.close();
  return { value, recovered };
}

const NOTHING = { calls: 0, divergences: 0, torn: 0 };
const told = { "add 1": "closed", "add 2": "closed", "add 3": "closed" };
const closed = { counter: "closed", other: "closed" };

describe.skipIf(process.platform === "win32")(
  "a process told to stop (needs SIGTERM, which Windows has not)",
  () => {
    it("F11: while a swap waits for a call inside: everybody is answered, and the process ends by the signal", async () => {
      const { answers, last, code, signal, err, folder } = await stopped("drain");
      expect(answers).toEqual({ ...told, ...closed, swap: "closed", inside: 15 });
      expect([last, code, signal, err]).toEqual([["counter", "other"], null, "SIGTERM", ""]);
      expect(await found(folder, "v1")).toEqual({ value: 15, recovered: NOTHING });
      expect(await found(`${folder}-2`, "v1")).toEqual({ value: 7, recovered: NOTHING });
    });

    it("F11: while somebody verifies a new version: its swap is refused", async () => {
      const { answers, signal, folder } = await stopped("verify");
      expect(answers).toEqual({ ...closed, swap: "closed" });
      expect(signal).toBe("SIGTERM");
      expect(await found(folder, "v1")).toEqual({ value: 5, recovered: NOTHING });
    });

    it("F11, F30: while the new version's snapshot is written: the swap is done, and so are its files", async () => {
      const { answers, last, signal, folder } = await stopped("cutover");
      expect(answers).toEqual({ ...told, ...closed, swap: "swapped" });
      expect([last, signal]).toEqual([["counter", "other"], "SIGTERM"]);
      expect(await found(folder, "v2")).toEqual({ value: 5, recovered: NOTHING });
    });

    it("F11: while a call inside never ends: the process does, in time, and the other plugin is closed", async () => {
      const { answers, signal, err, folder } = await stopped("for ever, and not long");
      expect(answers).toEqual({ ...told, swap: "closed", other: "closed" });
      expect(signal).toBe("SIGTERM");
      expect(err).toMatch(
        /^\(node:\d+\) PluginWarning: the plugin counter was not closed within 50 ms: the process ends without$/m,
      );
      expect(await found(`${folder}-2`, "v1")).toEqual({ value: 7, recovered: NOTHING });
      // Nobody has an answer of that call, and it was not written.
      expect((await found(folder, "v1")).value).toBe(5);
    });

    it("twice ends at once", async () => {
      const { answers, signal, folder } = await stopped("for ever", '["swap","closed"]');
      expect(answers).toEqual({ ...told, swap: "closed" });
      expect(signal).toBe("SIGTERM");
      expect((await found(folder, "v1")).value).toBe(5);
    });

    it("with another listener for it ends as that one says", async () => {
      const { answers, code, signal } = await stopped("beside a listener");
      expect(answers).toEqual({ ...told, ...closed, swap: "closed", inside: 15 });
      expect([code, signal]).toEqual([7, null]);
    });

    it("whose plugin cannot be closed goes on to the next, and tells of it in plain text", async () => {
      const { answers, signal, err } = await stopped("strange");
      expect([answers, signal]).toEqual([{ counter: "closed", other: "closed" }, "SIGTERM"]);
      expect(err).toMatch(
        /^\(node:\d+\) PluginWarning: could not close the plugin a\\u001b\[31m\\u009b0m: Error: no\\u000a$/m,
      );
    });
  },
);

it("closes what serves, too: a node, and its fabric", async () => {
  const fabric = memoryFabric();
  const node = await hostReleases(fabric);
  // That it may be given them is checked by the types.
  closeOnSignal([node, fabric])();
  await node.close();
  await fabric.close();
});
