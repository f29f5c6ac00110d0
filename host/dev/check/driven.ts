/** Driving a plugin: a fresh one is called until its state is worth checking. */
import { type Plugin, PluginError } from "../../mod.ts";
import { type DriveCall, DriveError } from "./drive.ts";

export interface Driven {
  readonly plugin: Plugin;
  /** The number of answered calls. */
  readonly calls: number;
  /** How many of them answered an err. */
  readonly erred: number;
  /** Functions that trapped on made-up values, and were left out from then on. */
  readonly leftOut: readonly string[];
}

export interface DriveOptions {
  readonly drive: readonly DriveCall[];
  /** The calls are made up: a function that traps is then left out. @default false */
  readonly madeUp?: boolean;
  /** Called before each call: a guest that never ends is inside the last one. */
  readonly onCall?: (name: string) => void;
}

/**
 * Loads a plugin and makes the calls, one after another. With made-up calls it begins again whenever one
 * traps.
 *
 * @param start loads the plugin
 * @throws PluginError of a given call that traps or cannot be made
 */
export async function driven(start: () => Promise<Plugin>, options: DriveOptions): Promise<Driven> {
  const { drive, madeUp = false, onCall = () => {} } = options;
  const leftOut: string[] = [];
  for (;;) {
    const plugin = await start();
    const calls = drive.filter(([name]) => !leftOut.includes(name));
    let erred = 0;
    let trapped: string | undefined;
    for (const [i, [name, ...args]] of calls.entries()) {
      onCall(`call ${i + 1}, ${name}`);
      try {
        await call(plugin, name, args);
      } catch (error) {
        if (error instanceof PluginError && error.code === "guest-error") {
          erred++;
          continue;
        }
        await plugin.close();
        if (!madeUp || !(error instanceof PluginError && error.code === "trapped")) throw error;
        trapped = name;
        break;
      }
    }
    if (trapped === undefined) return { plugin, calls: calls.length, erred, leftOut };
    leftOut.push(trapped);
  }
}

async function call({ call }: Plugin, name: string, args: readonly unknown[]): Promise<void> {
  const found = (call as Record<string, (...args: unknown[]) => Promise<unknown>>)[name];
  if (!found)
    throw new DriveError(
      `there is no function ${JSON.stringify(name)}; there is ${Object.keys(call).join(", ")}`,
    );
  await found(...args);
}
