/**
 * Prints the log lines of a plugin that a verb has loaded, without control characters, and with their level.
 */
import type { log } from "../../mod.ts";
import { plain } from "../plain.ts";

/** @param say prints a line */
export function logSink(say: (line: string) => void): Parameters<typeof log>[0] {
  const at = (level: string) => (message: string) => say(`${level}: ${plain(message)}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
