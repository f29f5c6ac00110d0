#!/usr/bin/env node
/** The process around the command: its streams, Ctrl-C, and its end. */
import { readFileSync } from "node:fs";
import { main } from "./program.ts";

const interrupt = new AbortController();
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const interrupted = () => {
  // The second one means it.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
};
for (const name of SIGNALS) process.on(name, interrupted);

/** How much is under way that may block; and whether the terminal was read key by key when the first of it began. */
let blockers = 0;
let keys = false;

/**
 * A signal that nobody listens for ends the process, whatever it is doing. And only a terminal that is read line by line
 * makes a signal of Ctrl-C: key by key it is a byte, which a program that is blocked never reads.
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

// Whoever reads our output may stop reading: `moult inspect ... | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Seen from `host/cli` and from `dist/bundle` alike.
const manifest = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
process.exitCode = await main(process.argv.slice(2), {
  signal: interrupt.signal,
  version,
  blocking,
  streams: { in: process.stdin, out: process.stdout, err: process.stderr },
});
