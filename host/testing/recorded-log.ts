/** A log that keeps what a plugin writes, for a test to check. */
import { type Grant, log } from "../mod.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** Grant it as it is: `grant: [recordedLog()]`. */
export interface RecordedLog extends Grant {
  /** The lines so far, oldest first. */
  readonly lines: readonly LogLine[];
  /** Removes all lines. */
  clear(): void;
}

/** Makes a grant of the log, `moult:log`, that prints nothing and keeps every line. */
export function recordedLog(): RecordedLog {
  const lines: LogLine[] = [];
  const keep = (level: LogLine["level"]) => (message: string) => void lines.push({ level, message });
  const grant = log({ debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") });
  const clear = () => {
    lines.length = 0;
  };
  return { ...grant, lines, clear };
}
