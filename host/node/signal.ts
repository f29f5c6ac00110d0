/** Signals: a process that is told to stop closes its plugins first, and then stops. */
import { setImmediate as turn } from "node:timers/promises";
import type { Plugin } from "../mod.ts";

export interface SignalOptions {
  /** What tells the process to stop. On Windows only `SIGINT` (Ctrl-C) and `SIGBREAK` come. @default SIGINT and SIGTERM */
  readonly signals?: readonly ("SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGBREAK")[];
  /** Milliseconds that the closing may take in all; then the process ends all the same. @default 10_000 */
  readonly within?: number;
}

type Closing = Pick<Plugin, "name" | "close">;

/**
 * Closes plugins when the process is told to stop, one after the other in the order given: calls inside end, those that
 * wait are answered `[closed]`, a swap under way is refused, a store gets its snapshot. Then the signal ends the process,
 * as it would have. A second signal ends it at once.
 *
 * Where somebody else listens for the same signal, the end of the process is theirs.
 *
 * @param plugins looked at when the signal comes: a `Set` may change until then
 * @returns a function that ends the listening
 */
export function closeOnSignal(plugins: Iterable<Closing>, options: SignalOptions = {}): () => void {
  const { signals = ["SIGINT", "SIGTERM"], within = 10_000 } = options;
  const ignore = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = async (signal: NodeJS.Signals) => {
    ignore();
    await closed(plugins, within);
    if (process.listenerCount(signal) > 0) return;
    // Windows sends itself nothing else.
    process.kill(process.pid, process.platform === "win32" ? "SIGTERM" : signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return ignore;
}

async function closed(plugins: Iterable<Closing>, within: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, within);
  });
  for (const plugin of plugins) {
    const done = plugin.close().then(
      () => true,
      (error) => warn(`could not close the plugin ${plugin.name}: ${error}`),
    );
    // Late or not, each gets a turn: its callers are told, and with nobody inside it closes in it.
    const given = late.then(() => turn(false));
    if (!(await Promise.race([done, given]))) {
      warn(`the plugin ${plugin.name} was not closed within ${within} ms: the process ends without`);
    }
  }
  clearTimeout(timer);
  // Whoever was answered has a turn too, to say so.
  await turn();
}

/** Plugins name themselves, and a terminal obeys what it is sent. */
function warn(text: string): true {
  const plain = text.replace(
    /[^\x20-\x7e]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  process.emitWarning(plain, "PluginWarning");
  return true;
}
