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

/** A signal that nobody listens for ends the process, whatever it is doing. */
function blocking<T>(work: () => T): T {
  for (const name of SIGNALS) process.off(name, interrupted);
  try {
    return work();
  } finally {
    for (const name of SIGNALS) process.on(name, interrupted);
  }
}

// Whoever reads our output may stop reading: `moult inspect ... | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const manifest = new URL("../../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
process.exitCode = await main(process.argv.slice(2), {
  signal: interrupt.signal,
  version,
  blocking,
  streams: { in: process.stdin, out: process.stdout, err: process.stderr },
});
