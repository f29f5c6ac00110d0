/** Programs of these tests, that are killed by them. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SOURCES = new URL("../sources.mjs", import.meta.url).href;

/** Starts a program of this folder. It is killed when the tests end, at the latest. */
export function started(file: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [`--import=${SOURCES}`, path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, VITEST: undefined },
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

/** The lines that it prints. */
export function linesOf(child: ChildProcess): AsyncIterable<string> {
  return createInterface({ input: child.stdout! });
}

/** The first line that it prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of linesOf(child)) return line;
  throw new Error("it ended and printed nothing");
}
