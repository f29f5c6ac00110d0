/** Serving instances: a server that runs the instances of plugins in other processes. */
import { PluginError } from "../../errors.ts";
import { DEADLINE, type Limits } from "../../limits.ts";
import { LIMITING } from "../../module/compile.ts";
import { checkAmount, optionsOf } from "../../option.ts";
import { checkTime } from "../../timer.ts";
import { type Demands, ownProofs } from "../../trust/demands.ts";
import { stoppable } from "../../worker/stopping.ts";
import type { HttpTransport } from "../http.ts";
import { HeldModules } from "./held-modules.ts";
import { InstanceSite } from "./instance-site.ts";

export interface ServeInstancesOptions extends Demands {
  /** What an instance may use, whatever its plugin says. @default a deadline of 10 seconds for a call, of 100 for a hook */
  readonly limits?: Limits;
  /** Instances at a time; a swap takes up to four of them for a while. @default 64 */
  readonly maxInstances?: number;
  /** Bytes of modules that are held. @default 268_435_456 */
  readonly maxModuleBytes?: number;
  /** Bytes of images that are held: each has all the memory of an instance. @default 1_073_741_824 */
  readonly maxImageBytes?: number;
  /** Bytes of a state. @default 134_217_728, as `maxFileBytes` of the transport */
  readonly maxStateBytes?: number;
  /** Bytes of this process's memory that the values of one call may take. @default 134_217_728 */
  readonly maxValueBytes?: number;
  /** Milliseconds after which an instance ends whose plugin is not heard of. @default 60_000 */
  readonly lease?: number;
}

/** A server of instances. */
export interface ServedInstances extends AsyncDisposable {
  /** Where it is, for `at`. */
  readonly url: string;
  /** Instances that run now. */
  readonly running: number;
  /** Ends all instances, and stops listening. Plugins that have one here find it gone, and act as after a trap. */
  close(): Promise<void>;
}

const DEFAULTS = {
  maxInstances: 64,
  maxModuleBytes: 2 ** 28,
  maxImageBytes: 2 ** 30,
  maxStateBytes: 2 ** 27,
  maxValueBytes: 2 ** 27,
  lease: 60_000,
} as const;

/**
 * Runs the instances of plugins in other processes, each in a thread of its own: `plugin.swap(at(url, source))` moves
 * one here, with its state. What a guest asks for is answered by its plugin; this process grants nothing.
 *
 * @throws PluginError `argument`; `unavailable` where it cannot listen
 * @example const served = await serveInstances(http({ port: 4990, host: "0.0.0.0", token }));
 */
export async function serveInstances(
  transport: HttpTransport,
  options?: ServeInstancesOptions,
): Promise<ServedInstances> {
  if (typeof transport?.open !== "function") {
    const how = "serveInstances(http({ port: 4990 }))";
    throw new PluginError("argument", `could not serve instances: wanted a transport: ${how}`);
  }
  const given = { ...DEFAULTS, ...optionsOf(options, "serveInstances") };
  const { lease, limits, maxModuleBytes } = given;
  for (const name of [
    "maxInstances",
    "maxModuleBytes",
    "maxImageBytes",
    "maxStateBytes",
    "maxValueBytes",
  ] as const)
    checkAmount(given[name], name, "a number from 0 up");
  checkTime(lease, "lease");
  const { limitsOf } = await LIMITING.load("could not serve instances");
  const checked = limitsOf(limits ?? {});
  const deadline = checked.deadline ?? DEADLINE;
  const { maxBytes, maxFileBytes } = transport;
  const site = new InstanceSite({
    ...given,
    modules: new HeldModules(ownProofs(given), maxModuleBytes),
    limits: stoppable(checked, deadline),
    deadline,
    maxBytes,
    maxFileBytes,
  });
  const listening = await transport.open(site);
  const close = async () => {
    site.end();
    listening.stop();
    listening.cut();
  };
  return {
    url: listening.url,
    get running() {
      return site.running;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
