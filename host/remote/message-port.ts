/** Ports of threads: a plugin for callers in workers and frames, without a network. */
import { PluginError } from "../errors.ts";
import { checkAmount } from "../option.ts";
import { attend } from "./framed-server.ts";
import { HeldBytes } from "./held-bytes.ts";
import { pluginSite } from "./plugin-site.ts";
import { isPort, type PortLike, portChannel } from "./port-channel.ts";
import { MOST_BYTES, MOST_FILE_BYTES } from "./protocol.ts";
import type { Transport } from "./serve.ts";
import { BY_DEFAULT, checkVerbs, type Verb } from "./verb.ts";

export interface MessagePortOptions {
  /** What who has the other end may do. @default ["call"] */
  readonly verbs?: readonly Verb[];
  /** Bytes of a request's body, of memory that its arguments take, and of an answer. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Bytes of a module that is swapped in, and of a snapshot. @default 134_217_728 */
  readonly maxFileBytes?: number;
  /** Bytes of requests that are being answered. @default 268_435_456 */
  readonly maxHeldBytes?: number;
  /** Calls that are under way or wait. @default 1_000 */
  readonly maxCalls?: number;
}

/**
 * Serves to whoever has the other end of a port, which has to be the port's only use. `connect(contract, other)` calls.
 *
 * @throws PluginError `argument`
 * @example const { port1, port2 } = new MessageChannel(); await serve(plugin, messagePort(port1));
 */
export function messagePort(port: PortLike, options: MessagePortOptions = {}): Transport {
  const { verbs = BY_DEFAULT, maxBytes = MOST_BYTES, maxFileBytes = MOST_FILE_BYTES } = options;
  const { maxHeldBytes = 2 ** 28, maxCalls = 1_000 } = options;
  if (!isPort(port)) throw new PluginError("argument", "could not serve over a port: wanted a MessagePort");
  checkVerbs(verbs);
  for (const [name, value] of Object.entries({ maxBytes, maxFileBytes, maxHeldBytes, maxCalls }))
    checkAmount(value, name, "a number from 0 up");
  const rights = new Set(verbs);
  return {
    maxBytes,
    maxCalls,
    async listen(service) {
      let ended = () => {};
      const left = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const framed = {
        site: pluginSite(service),
        admit: () => ({ rights }),
        held: new HeldBytes(maxHeldBytes),
        ...{ maxBytes, maxFileBytes, maxCalls },
        requestTimeout: Number.POSITIVE_INFINITY,
      };
      const own = attend(portChannel(port), framed, () => ended());
      return { url: "port:", left: () => left, stop: own.stop, cut: own.cut };
    },
  };
}
