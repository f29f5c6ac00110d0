/** Driving a plugin: a fresh one is called until it is in a state worth looking at. */
import { type Plugin, PluginError } from "../../mod.ts";
import { type DriveCall, DriveError } from "./drive.ts";

export interface Driven {
  readonly plugin: Plugin;
  /** Calls that were answered. */
  readonly calls: number;
  /** Those of them that were answered with an err. */
  readonly erred: number;
  /** Functions that trapped on values that were made up, and were left out from then on. */
  readonly leftOut: readonly string[];
}

export interface DriveOptions {
  readonly drive: readonly DriveCall[];
  /** The calls were made up: a function that traps says little, and is left out. @default false */
  readonly madeUp?: boolean;
  /** Told before each call: a guest that never ends is inside the last one that was told. */
  readonly onCall?: (name: string) => void;
}

/**
 * Loads a plugin and makes the calls, one after another. With calls that were made up it begins anew whenever one traps.
 *
 * @param start loads it
 * @throws PluginError of the call, when it was not made up and is neither answered nor answered with an err
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
