/** Calling a plugin that is served elsewhere, with the types of a contract. */
import {
  AbiError,
  argumentsShape,
  decodeShape,
  type Manifest,
  Scratch,
  type ValueShape,
} from "../../abi/tools.ts";
import type { View } from "../call/view.ts";
import { bindings, contractOf, type Fittable } from "../contract/bindings.ts";
import { type Contract, checkContract, type Functions } from "../contract/contract.ts";
import { fitExport } from "../contract/fit.ts";
import { PluginError } from "../errors.ts";
import { answering } from "../guest/guest-error.ts";
import { optionsOf } from "../option.ts";
import type { Description } from "./description.ts";
import { type Line, unexpected } from "./line.ts";
import { anyServerUrl, lineTo, type WayOptions } from "./line-to.ts";
import { isPort, type PortLike } from "./port-channel.ts";
import { mediaType, VALUES } from "./protocol.ts";
import { operationsOf, type RemoteOperations } from "./remote-operations.ts";
import { sidesOf } from "./service.ts";

/** How the server is called. */
export type ConnectOptions = WayOptions;

/** A plugin in another process. */
export interface Remote<F extends Functions = Functions> extends RemoteOperations, AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** What was served when it was connected. */
  readonly description: Description;
  readonly call: View<F>["call"];
  /** Asks what is served now. */
  describe(): Promise<Description>;
  /** Lets go of its connections. What it is connected to goes on. */
  close(): Promise<void>;
}

/**
 * Connects to a plugin that another process serves. Its functions are held against the contract once, before the
 * first call.
 *
 * @param to a URL, as `serve` gives it, or with `ws:` or `wss:` for one connection with many calls; or a `MessagePort`
 * whose other end is served
 * @throws PluginError `unavailable`, `denied`, `mismatch`, `bad-peer`, `deadline`, `argument`
 * @example const counter = await connect(Counter, "http://127.0.0.1:8080/");
 */
export async function connect<F extends Functions>(
  contract: Contract<F>,
  to: string | URL | PortLike,
  options?: ConnectOptions,
): Promise<Remote<F>>;
/** Connects without a contract: the functions are those that are served. */
export async function connect(to: string | URL | PortLike, options?: ConnectOptions): Promise<Remote>;
export async function connect(
  first: Contract | string | URL | PortLike,
  second?: string | URL | PortLike | ConnectOptions,
  third?: ConnectOptions,
): Promise<Remote> {
  const alone = typeof first === "string" || first instanceof URL || isPort(first);
  const [contract, to, options] = alone
    ? [undefined, first, second as ConnectOptions | undefined]
    : [first, second as string | URL | PortLike, third];
  if (contract) checkContract(contract, "connect");
  const line = lineTo(isPort(to) ? to : anyServerUrl(to, "connect"), optionsOf(options, "connect"));
  try {
    const description = await line.describe();
    return { ...connected(line, description, contract), [Symbol.asyncDispose]: async () => line.close() };
  } catch (error) {
    line.close();
    throw error;
  }
}

function connected(line: Line, description: Description, given: Contract | undefined) {
  const { plugin: manifest } = description;
  const { name } = manifest;
  const module = moduleOf(manifest, line.shown);
  const contract = given ?? contractOf(module);
  const keys = [...contract.functions.keys()];
  const calls: Record<string, unknown> = Object.create(null);
  for (const [i, { name: sent, type }] of bindings(contract, module).entries())
    calls[keys[i]!] = caller(line, { plugin: name, key: keys[i]!, sent, type });
  return {
    name,
    url: line.shown,
    description,
    ...operationsOf(line, name),
    call: Object.freeze(calls) as View["call"],
    describe: () => line.describe(),
    close: async () => line.close(),
  };
}

/** What a server serves, to be fitted by the rules for modules. */
function moduleOf(manifest: Manifest, from: string): Fittable {
  const fit: Fittable["fit"] = (key, wanted) => fitExport(manifest, key, wanted);
  return { manifest, typed: true, digest: undefined, from, warnings: [], fit, fitted: new WeakMap() };
}

interface Called {
  readonly plugin: string;
  readonly key: string;
  /** Its name in WIT. */
  readonly sent: string;
  readonly type: Parameters<typeof argumentsShape>[0];
}

/** What became of a call without an answer. */
const CALLED = { maybe: "it may have been called", never: "it was not called" };

/** A function that answers a promise. */
function caller(line: Line, { plugin, key, sent, type }: Called): (...args: unknown[]) => Promise<unknown> {
  const could = `could not call ${plugin}.${key}`;
  const args = argumentsShape(type);
  const { ok, err } = sidesOf(key, type);
  const onErr = answering(type, `${plugin}.${key}`);
  const scratch = new Scratch();
  const read = (side: { readonly shape: ValueShape } | undefined, bytes: Uint8Array) => {
    try {
      return side && decodeShape(side.shape, bytes, "the answer", line.maxBytes);
    } catch (cause) {
      if (!(cause instanceof AbiError)) throw cause;
      throw new PluginError("bad-peer", `${could}: its server's answer cannot be read: ${cause.message}`, {
        cause,
      });
    }
  };
  return async (...given) => {
    try {
      scratch.encode(args, given);
    } catch (cause) {
      if (!(cause instanceof AbiError)) throw cause;
      throw new PluginError("argument", `${could}: ${cause.message}; it was not called`, { cause });
    }
    const body = scratch.copy();
    scratch.rest();
    const asked = { method: "POST", path: `call/${sent}`, type: VALUES, body, after: CALLED } as const;
    const { status, type: media, body: told } = await line.send(could, asked);
    if (status === 204) return undefined;
    const inValues = mediaType(media) === VALUES;
    if (status === 200 && inValues) return read(ok, told);
    if (status !== 422 || !inValues) throw unexpected(could, status, media);
    return onErr(read(err, told));
  };
}
