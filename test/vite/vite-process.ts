/** Vite's own command, as its users have it: in a process that knows nothing of these tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { assert, vi } from "vitest";
import { plainEnvironment } from "../docs/stranger.ts";
import type { Site } from "./site.ts";

export interface ViteProcess {
  /** All that it wrote to its terminal. */
  logged(): string;
  /** Waits until it has written that, so many times. @returns the last of them */
  said(wanted: RegExp, times?: number): Promise<RegExpMatchArray>;
  end(): Promise<void>;
}

/** @param args of the command line */
export function viteProcess(own: Site, args: readonly string[]): ViteProcess {
  const child = spawn(process.execPath, ["node_modules/vite/bin/vite.js", ...args], {
    cwd: own.root,
    env: plainEnvironment(),
  });
  let logged = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      logged += text;
    });
  }
  return {
    logged: () => logged,
    said(wanted, times = 1) {
      const found = () => {
        const match = [...logged.matchAll(new RegExp(wanted, "g"))][times - 1];
        return match ?? (child.exitCode === null ? undefined : assert.fail(logged));
      };
      return vi.waitUntil(found, 60_000);
    },
    async end() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}
