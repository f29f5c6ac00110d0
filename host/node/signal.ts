/** Signals: a process that is told to stop closes its plugins first. */
import { setImmediate as turn } from "node:timers/promises";
export interface SignalOptions {
  /**
   * The signals that tell the process to stop. On Windows only `SIGINT` (Ctrl-C), `SIGBREAK`, and `SIGHUP` occur: that
   * one when the console's window is closed, after which Windows ends the process in some ten seconds.
   * @default SIGINT and SIGTERM
   */
  readonly signals?: readonly ("SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGBREAK")[];
  /** Milliseconds for closing all plugins; then the process ends all the same. @default 10_000 */
  readonly within?: number;
}

/** What closes: a plugin, what serves it, a node, a fabric. */
interface Closing {
  readonly name?: string;
  close(): Promise<void>;
}

/**
 * Closes plugins, servers, nodes and fabrics when the process is told to stop, one after the other in the given order:
 * calls inside end, calls that wait are answered `[closed]`, a swap under way is refused, a store gets its snapshot. Then
 * the signal ends the process, as it would have done. A second signal ends it at once.
 *
 * Where the program has another listener for the same signal, that listener has to end the process.
 *
 * @param plugins read when the signal comes: a `Set` may change until then
 * @returns a function that removes the listeners
 * @example closeOnSignal([node, fabric]);
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
    // Windows has no other signal that a process can send to itself.
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
    const shown = plugin.name === undefined ? "what serves" : `the plugin ${plugin.name}`;
    const done = plugin.close().then(
      () => true,
      (error) => warn(`could not close ${shown}: ${error}`),
    );
    // Even when time is up, each plugin gets a turn: its callers are answered, and without a call inside it
    // closes in that turn.
    const graceTurn = late.then(() => turn(false));
    if (!(await Promise.race([done, graceTurn]))) {
      warn(`${shown} was not closed within ${within} ms: the process ends without`);
    }
  }
  clearTimeout(timer);
  // Callers that were answered get a turn as well, to pass the answer on.
  await turn();
}

/** Names come from plugins, and terminals obey control characters. */
function warn(text: string): true {
  const plain = text.replace(
    /[^\x20-\x7e]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  process.emitWarning(plain, "PluginWarning");
  return true;
}
