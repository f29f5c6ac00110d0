/** One command of `moult`. Each has a file of its own name. */
import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** Declares its arguments, options and help to the parser; `run` wraps its work. */
export type Verb = (program: Command, run: Run) => void;

/**
 * Wraps the work of a verb, which gets the terminal and then the parser's arguments. It returns the exit
 * code; `undefined` means 0.
 */
export type Run = <A extends readonly unknown[]>(
  work: (terminal: Terminal, ...args: A) => Promise<number | undefined>,
) => (...args: A) => Promise<void>;
