/** The options of `close`. */
import { optionsOf } from "../option.ts";
import { checkTime } from "../timer.ts";

export interface CloseOptions {
  /**
   * Milliseconds that calls in flight may take to end; then they fail with `[closed]` too.
   * @default 10_000
   */
  readonly drain?: number;
}

/** @throws PluginError `argument` */
export function drainOf(options: CloseOptions | undefined): number {
  const { drain = 10_000 } = optionsOf(options, "close");
  checkTime(drain, "drain");
  return drain;
}
