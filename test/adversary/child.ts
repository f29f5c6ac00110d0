/**
 * Sets the bombs off in a process of its own, whose heap is bounded, one after the other; tells how each ended, a line
 * of JSON each.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type LoadOptions, load } from "../../host/mod.ts";
import { type Any, assembled, type Bomb, NEIGHBOUR, Neighbour } from "./bomb.ts";
import { BOMBS, GRANTS, LIMITS } from "./bombs.ts";

/** What became of a bomb. */
export interface Ended {
  readonly name: string;
  /** The message of its error. */
  readonly message: string;
  /** MiB by which the process grew at its height. */
  readonly grown: number;
  /** Whether the plugin beside it served on. */
  readonly serves: boolean;
}

const isolation = process.argv[2] as "none" | "worker";
const timed = isolation === "worker" ? { deadline: 60_000, hookDeadline: 60_000 } : {};
const STATUS = "/proc/self/status";

/** MiB that are resident, now and at the height since `forget`. */
function resident(): { readonly now: number; readonly most: number } {
  if (!existsSync(STATUS)) {
    const [now, most] = [process.memoryUsage().rss / 2 ** 20, process.resourceUsage().maxRSS / 2 ** 10];
    return { now: Math.max(now, most), most };
  }
  const status = readFileSync(STATUS, "utf8");
  const [now, most] = ["VmRSS", "VmHWM"].map(
    (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024,
  );
  return { now: now!, most: most! };
}

/** From here on the height counts anew, where the system can do that. */
function forget(): void {
  (globalThis as { readonly gc?: () => void }).gc?.();
  if (existsSync(STATUS)) writeFileSync("/proc/self/clear_refs", "5");
}

async function setOff(bomb: Bomb): Promise<string> {
  const { limits, ...more } = bomb.options ?? {};
  const options: LoadOptions = {
    isolation,
    grant: GRANTS,
    ...more,
    limits: { ...LIMITS, ...timed, ...limits },
  };
  let plugin: Any | undefined;
  try {
    plugin = (await load(await assembled(bomb), options)) as unknown as Any;
    await bomb.doing?.(plugin, bomb);
    return "it did not end";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await plugin?.close();
  }
}

const neighbour = await load(Neighbour, await assembled(NEIGHBOUR), { isolation });
for (const [calls, bomb] of BOMBS.entries()) {
  forget();
  const before = resident().now;
  const message = await setOff(bomb);
  const grown = Math.round(resident().most - before);
  const serves = (await neighbour.call.run()) === calls + 1;
  console.log(JSON.stringify({ name: bomb.name, message, grown, serves } satisfies Ended));
}
await neighbour.close();
