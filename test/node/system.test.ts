import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { system } from "../../host/node/system.ts";

const linux = process.platform === "linux";

it.runIf(linux)("knows this process on Linux: its boot, its namespace, and when it began", () => {
  expect(system.boot()).toMatch(/^[0-9a-f-]{36}$/);
  expect(system.namespace()).toMatch(/^pid:\[\d+\]$/);
  expect(system.started(process.pid)).toMatch(/^\d+$/);
  expect(system.started(process.ppid)).not.toBe(system.started(process.pid));
});

it("tells a number that a process has from one that none has, and asks nothing where nothing can be asked", () => {
  expect(system.exists(process.pid)).toBe(true);
  const { pid } = spawnSync(process.execPath, ["-e", "0"]);
  expect([system.exists(pid), system.started(pid)]).toEqual([false, undefined]);
});

it.runIf(linux)(
  "takes a process that has ended, and was not asked for by its parent, for one that is gone",
  async () => {
    const program = "head -c 1 <&3 >/dev/null & echo $!; exec tail -f /dev/null";
    const parent = spawn("sh", ["-c", program], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout!.once("data", (data) => resolve(Number(data))),
    );
    expect(system.exists(pid)).toBe(true);
    // Until the shell is another program, it would ask.
    while (!readFileSync(`/proc/${parent.pid}/cmdline`, "latin1").startsWith("tail")) await turn();
    (parent.stdio[3] as Writable).end("x");
    while (system.exists(pid)) await turn();
    // Its number is still taken.
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill("SIGKILL");
  },
);

const NAMESPACE = ["--pid", "--fork"];
const may = spawnSync("unshare", [...NAMESPACE, "true"]).status === 0;

it.skipIf(!may)(
  "does not take a process of another namespace for its own of that number (by root, on Linux)",
  () => {
    const { VITEST, ...env } = process.env;
    const module = new URL("../../host/node/system.ts", import.meta.url).href;
    const program = `import { system } from "${module}";
    const of = (pid) => [system.exists(pid), system.started(pid) !== undefined];
    console.log(JSON.stringify([system.pid, of(1), of(${process.pid})]));`;
    const sources = `--import=${new URL("../sources.mjs", import.meta.url).href}`;
    const args = [...NAMESPACE, process.execPath, sources, "--input-type=module", "-e", program];
    // There is a process ${process.pid} in `/proc`, and none in that namespace.
    const [pid, own, other] = JSON.parse(execFileSync("unshare", args, { env, encoding: "utf8" }));
    expect([pid, own, other]).toEqual([1, [true, true], [false, false]]);
  },
);
