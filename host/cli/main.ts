#!/usr/bin/env node
/** The process around the command: its streams, Ctrl-C, and its end. */
import { readFileSync } from "node:fs";
import { main } from "./program.ts";

const interrupt = new AbortController();
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const interrupted = () => {
  // A second Ctrl-C ends the process at once.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
};
for (const name of SIGNALS) process.on(name, interrupted);

/**
 * The number of pieces of work under way that may block, and whether the terminal was read key by key before
 * the first one began.
 */
let blockers = 0;
let keys = false;

/**
 * A signal without a listener ends the process, whatever it is doing. And a terminal turns Ctrl-C into a
 * signal only when it is read line by line: key by key it is a byte, which a blocked program never reads.
 */
async function blocking<T>(work: () => T | Promise<T>): Promise<T> {
  if (blockers++ === 0) {
    for (const name of SIGNALS) process.off(name, interrupted);
    keys = process.stdin.isTTY && process.stdin.isRaw;
    if (keys) process.stdin.setRawMode(false);
  }
  try {
    return await work();
  } finally {
    if (--blockers === 0) {
      for (const name of SIGNALS) process.on(name, interrupted);
      if (keys) process.stdin.setRawMode(true);
    }
  }
}

// The reader of our output may close it: `moult inspect ... | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// The path from `host/cli` and from `dist/bundle` alike.
const manifest = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
process.exitCode = await main(process.argv.slice(2), {
  signal: interrupt.signal,
  version,
  blocking,
  streams: { in: process.stdin, out: process.stdout, err: process.stderr },
});
