/** Where a plugin's log lines go that a verb has loaded: made plain, with their level. */
import type { log } from "../../mod.ts";
import { plain } from "../plain.ts";

/** @param say takes a line */
export function logSink(say: (line: string) => void): Parameters<typeof log>[0] {
  const at = (level: string) => (message: string) => say(`${level}: ${plain(message)}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
