/** Calling a plugin that is served elsewhere, with the types of a contract. */
import {
  AbiError,
  argumentsShape,
  decodeShape,
  type Manifest,
  Scratch,
  type ValueShape,
} from "../../abi/tools.ts";
import { checkPatience } from "../call/queue.ts";
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
import type { Patience } from "./patience.ts";
import { isPort, type PortLike } from "./port-channel.ts";
import { mediaType, VALUES } from "./protocol.ts";
import { operationsOf, type RemoteOperations } from "./remote-operations.ts";
import { sidesOf } from "./sides.ts";

/** How the server is called. */
export type ConnectOptions = WayOptions;

/** A plugin in another process. */
export interface Remote<F extends Functions = Functions> extends RemoteOperations, AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** What was served when it was connected. */
  readonly description: Description;
  readonly call: View<F>["call"];
  /**
   * The same functions with another time for the answer, or a signal that gives the call up: it fails with `[deadline]`
   * or `[aborted]`, which say whether it may have been called. A server lets go of a call that still waits there.
   *
   * @throws PluginError `argument`
   * @example await visits.within({ timeout: 200, signal: request.signal }).call.visit("/")
   */
  within(patience: Patience): Pick<View<F>, "call">;
  /** Asks what is served now. */
  describe(): Promise<Description>;
  /** Lets go of its connections, and calls no more: `[closed]`. What it was connected to goes on. */
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
    return { ...connected(line, description, contract), [Symbol.asyncDispose]: async () => line.end() };
  } catch (error) {
    line.end();
    throw error;
  }
}

function connected(line: Line, description: Description, given: Contract | undefined) {
  const { plugin: manifest } = description;
  const { name } = manifest;
  const module = moduleOf(manifest, line.shown);
  const contract = given ?? contractOf(module);
  const keys = [...contract.functions.keys()];
  const callers = bindings(contract, module).map(({ name: sent, type }, i) => {
    const key = keys[i]!;
    return [key, caller(line, { plugin: name, key, sent, type })] as const;
  });
  const view = (patience?: Patience): Pick<View, "call"> => {
    const calls: Record<string, unknown> = Object.create(null);
    for (const [key, call] of callers) calls[key] = (...given: unknown[]) => call(given, patience);
    return { call: Object.freeze(calls) as View["call"] };
  };
  return {
    name,
    url: line.shown,
    description,
    ...operationsOf(line, name),
    ...view(),
    within(patience: Patience) {
      checkPatience(patience);
      return view(patience);
    },
    describe: () => line.describe(),
    close: async () => line.end(),
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

/** A function that takes its arguments, and answers a promise. */
function caller(line: Line, { plugin, key, sent, type }: Called) {
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
  const path = `call/${sent}`;
  return async (given: unknown[], { timeout = line.timeout, signal }: Patience = {}): Promise<unknown> => {
    try {
      scratch.encode(args, given);
    } catch (cause) {
      if (!(cause instanceof AbiError)) throw cause;
      throw new PluginError("argument", `${could}: ${cause.message}; it was not called`, { cause });
    }
    const body = scratch.copy();
    scratch.rest();
    const asked = { method: "POST", path, type: VALUES, body, after: CALLED, timeout, signal } as const;
    const { status, type: media, body: told } = await line.send(could, asked);
    if (status === 204) return undefined;
    const inValues = mediaType(media) === VALUES;
    if (status === 200 && inValues) return read(ok, told);
    if (status !== 422 || !inValues) throw unexpected(could, status, media);
    return onErr(read(err, told));
  };
}
