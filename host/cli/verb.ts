/** One thing that the command can do. Each has a file of its own name. */
import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** Says its arguments, options and help to the parser; `run` wraps its work. */
export type Verb = (program: Command, run: Run) => void;

/**
 * Wraps what a verb does: its arguments come as the parser gives them, after the terminal. What it returns is
 * the exit code; `undefined` means 0.
 */
export type Run = <A extends readonly unknown[]>(
  work: (terminal: Terminal, ...args: A) => Promise<number | undefined>,
) => (...args: A) => Promise<void>;
