/** Go's own plugins: native code, opened by a process of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { same } from "../case.ts";
import { BENCH } from "../folder.ts";

export interface GoRun {
  /** From `plugin.Open` to the first answer: nanoseconds. */
  readonly open: number;
  /** Nanoseconds for a call. */
  readonly call: number;
}

/** Builds the plugin and its host. @returns a function that runs them, or why it cannot */
export function go(guests: string): ((calls: number) => GoRun) | string {
  const to = join(guests, "go");
  const host = join(to, "host");
  const library = join(to, "plugin.so");
  if (process.platform === "win32") return "Go has no plugins on Windows";
  if (!existsSync(host)) {
    const version = spawnSync("go", ["version"], { encoding: "utf8" });
    if (version.status !== 0) return "go is not installed; on Debian: apt-get install golang-go gcc";
    mkdirSync(to, { recursive: true });
    for (const args of [
      ["build", "-buildmode=plugin", "-o", library, "plugin.go"],
      ["build", "-o", host, "host.go"],
    ]) {
      const env = { ...process.env, GO111MODULE: "off", GOCACHE: join(tmpdir(), "moult-bench-go") };
      const built = spawnSync("go", args, { cwd: join(BENCH, "go"), encoding: "utf8", env });
      if (built.status !== 0) return `go ${args.join(" ")}: ${built.stderr.trim().split("\n").at(-1)}`;
    }
  }
  return (calls) => {
    const { status, stdout, stderr } = spawnSync(host, [library, String(calls)], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the Go host failed: ${stderr}`);
    const { open, call, first, sum } = JSON.parse(stdout) as GoRun & { first: number; sum: number };
    same([first, sum], [3, calls], "Go plugin");
    return { open, call };
  };
}
