/** Calling a plugin that is served elsewhere, with the types of a contract. */
import { exchangeWith } from "#exchange";
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
import { type Description, readDescription } from "./description.ts";
import { type Exchange, Lost, type Told } from "./exchanged.ts";
import { readProblem } from "./problem.ts";
import { MOST_BYTES, mediaType, PROBLEM, VALUES } from "./protocol.ts";
import { sidesOf } from "./service.ts";

export interface ConnectOptions {
  /** Sent as a bearer token. */
  readonly token?: string;
  /** Milliseconds that a call may take, its way there and back included. @default 30_000 */
  readonly timeout?: number;
  /** Bytes of an answer, and of memory that it takes. @default 16_777_216 */
  readonly maxBytes?: number;
}

/** A plugin in another process. */
export interface Remote<F extends Functions = Functions> extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly call: View<F>["call"];
  /** Asks what is served now. */
  describe(): Promise<Description>;
  /** Lets go of its connections. What it is connected to goes on. */
  close(): Promise<void>;
}

const TIMEOUT = 30_000;

/**
 * Connects to a plugin that another process serves. Its functions are held against the contract once, before the
 * first call.
 *
 * @param url as `serve` gives it
 * @throws PluginError `unavailable`, `denied`, `mismatch`, `bad-peer`, `deadline`, `argument`
 * @example const counter = await connect(Counter, "http://127.0.0.1:8080/");
 */
export async function connect<F extends Functions>(
  contract: Contract<F>,
  url: string | URL,
  options?: ConnectOptions,
): Promise<Remote<F>>;
/** Connects without a contract: the functions are those that are served. */
export async function connect(url: string | URL, options?: ConnectOptions): Promise<Remote>;
export async function connect(
  first: Contract | string | URL,
  second?: string | URL | ConnectOptions,
  third?: ConnectOptions,
): Promise<Remote> {
  const isUrl = typeof first === "string" || first instanceof URL;
  const [contract, url, options] = isUrl
    ? [undefined, first, second as ConnectOptions | undefined]
    : [first, second as string | URL, third];
  if (contract) checkContract(contract, "connect");
  const line = new Line(urlOf(url), optionsOf(options, "connect"));
  try {
    const { plugin } = await line.describe();
    return { ...connected(line, plugin, contract), [Symbol.asyncDispose]: async () => line.close() };
  } catch (error) {
    line.close();
    throw error;
  }
}

function connected(line: Line, manifest: Manifest, given: Contract | undefined) {
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
    const { status, type: media, body: told } = await line.send(could, { path: `call/${sent}`, body });
    if (status === 204) return undefined;
    const inValues = mediaType(media) === VALUES;
    if (status === 200 && inValues) return read(ok, told);
    if (status !== 422 || !inValues) throw unexpected(could, status, media);
    return onErr(read(err, told));
  };
}

/** The way to one server. */
class Line {
  readonly shown: string;
  readonly maxBytes: number;
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeout: number;
  readonly #exchange: Exchange;

  constructor(base: URL, { token, timeout = TIMEOUT, maxBytes = MOST_BYTES }: ConnectOptions) {
    if (typeof timeout !== "number" || !(timeout > 0) || timeout > 2 ** 31 - 1)
      throw new PluginError(
        "argument",
        `could not use timeout: found ${String(timeout)}, wanted milliseconds`,
      );
    if (!Number.isInteger(maxBytes) || maxBytes < 0)
      throw new PluginError(
        "argument",
        `could not use maxBytes: found ${String(maxBytes)}, wanted a number of bytes`,
      );
    this.#base = base;
    this.shown = base.href;
    this.maxBytes = maxBytes;
    this.#timeout = timeout;
    this.#headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    this.#exchange = exchangeWith(base);
  }

  async describe(): Promise<Description> {
    const could = `could not connect to ${this.shown}`;
    const { status, type, body } = await this.send(could, { path: "" });
    if (status !== 200) throw unexpected(could, status, type);
    return readDescription(jsonOf(body), this.shown);
  }

  /** @throws PluginError `unavailable`, `deadline`, and those that the server tells of */
  async send(
    could: string,
    { path, body }: { readonly path: string; readonly body?: Uint8Array },
  ): Promise<Told> {
    const signal = AbortSignal.timeout(this.#timeout);
    let told: Told;
    try {
      told = await this.#exchange.send({
        method: body ? "POST" : "GET",
        path: new URL(path, this.#base).pathname,
        headers: { ...this.#headers, ...(body && { "Content-Type": VALUES }) },
        ...(body && { body }),
        signal,
        most: this.maxBytes,
      });
    } catch (cause) {
      throw this.#failure(could, cause, body !== undefined);
    }
    if (mediaType(told.type) !== PROBLEM) return told;
    throw readProblem(jsonOf(told.body))?.error ?? unexpected(could, told.status, told.type);
  }

  close(): void {
    this.#exchange.close();
  }

  #failure(could: string, cause: unknown, calls: boolean): unknown {
    const maybe = calls ? "; it may have been called" : "";
    if (cause instanceof Lost) {
      const end = calls && !cause.sent ? "; it was not called" : maybe;
      const at = calls ? `${this.shown}: ` : "";
      return new PluginError("unavailable", `${could}: ${at}${cause.message}${end}`, { cause });
    }
    if ((cause as { readonly name?: unknown } | undefined)?.name !== "TimeoutError") return cause;
    const why = `${calls ? this.shown : "it"} did not answer within ${this.#timeout} ms (timeout)`;
    return new PluginError("deadline", `${could}: ${why}${maybe}`, { cause });
  }
}

function urlOf(given: string | URL): URL {
  let url: URL | undefined;
  try {
    url = new URL(given);
  } catch {}
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new PluginError("argument", 'could not connect: wanted a URL such as "http://127.0.0.1:8080/"');
  if (url.username || url.password)
    throw new PluginError("argument", "could not connect: the URL has a user or a password; say a token");
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function unexpected(could: string, status: number, type: string | undefined): PluginError {
  const found = `${status}${type === undefined ? "" : `, ${type}`}`;
  return new PluginError(
    "bad-peer",
    `${could}: it is no server of moult's that answers there: found ${found}`,
  );
}
