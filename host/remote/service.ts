/** A plugin as its callers elsewhere have it, whatever they speak: its functions by name, in JSON or in bytes. */

import { carried } from "#async-context";
import {
  AbiError,
  argumentsShape,
  decodeShape,
  type FunctionType,
  fromJson,
  JsonMisfit,
  Scratch,
  toJson,
  type ValueShape,
} from "../../abi/tools.ts";
import { keyOf } from "../contract/function-name.ts";
import { PluginError } from "../errors.ts";
import { Events } from "../events.ts";
import type { Plugin } from "../plugin.ts";
import { now } from "../timer.ts";
import { type Description, describe } from "./description.ts";
import { openApi } from "./open-api.ts";
import type { SignalLike } from "./request-signal.ts";
import { MeasuresByVersion, type ServedMeasures } from "./served-measures.ts";
import { type Side, type Sides, sidesOf } from "./sides.ts";
import { type Trace, traceContext, traced } from "./trace.ts";

/** What a call brought: an answer, or the err that the plugin answered. */
export type Outcome<T> =
  | { readonly answer: T | undefined }
  | { readonly err: T | undefined; readonly error: PluginError };

/** A form of values that a transport has of its own. */
export interface Form<T> {
  /** @throws AbiError for what are no such arguments */
  args(): unknown[];
  ok(value: unknown): T | undefined;
  err(value: unknown): T | undefined;
}

interface Served extends Sides {
  readonly key: string;
  readonly type: FunctionType;
  readonly args: ValueShape;
}

export interface ServiceOptions {
  /** Calls that are under way or wait, at most. */
  readonly maxCalls: number;
  /** Bytes of memory that the arguments of a call may take. */
  readonly maxBytes: number;
}

/** Where a call comes from. */
export interface CallOrigin {
  /** Fires when its caller leaves. */
  readonly signal?: SignalLike;
  readonly trace?: Trace | undefined;
}

export interface ServedEvents {
  readonly call: CallMeasure;
}

/** One call, named as OpenTelemetry names what is measured of remote calls. */
export interface CallMeasure {
  readonly name: "rpc.server.call.duration";
  /** Seconds. */
  readonly value: number;
  readonly attributes: {
    readonly "rpc.system.name": "moult";
    /** `counter/add` */
    readonly "rpc.method": string;
    readonly "moult.plugin": string;
    readonly "moult.version": string;
    /** The code of its error, where it failed: `guest-error` for an `err`. */
    readonly "error.type"?: string;
  };
}

export class Service {
  readonly plugin: Plugin;
  readonly #options: ServiceOptions;
  readonly #functions: ReadonlyMap<string, Served>;
  readonly #scratch = new Scratch();
  readonly counted = new MeasuresByVersion();
  readonly events = new Events<ServedEvents>();
  /** Whether anybody listens to each call. */
  heard = false;
  readonly #calls: Record<string, (...args: unknown[]) => Promise<unknown>>;
  /** That of the call which is being made: its signal is asked for before anything else happens, if at all. */
  #origin: CallOrigin | undefined;
  #pending = 0;
  #leaving = false;
  #ending = false;
  #idle: (() => void) | undefined;

  constructor(plugin: Plugin, options: ServiceOptions) {
    this.plugin = plugin;
    this.#options = options;
    const own = () => this.#origin?.signal as AbortSignal | undefined;
    const patience = {
      get signal() {
        return own();
      },
      bind: <T>(work: () => T) => (traceContext() ? carried(work) : work),
    };
    this.#calls = plugin.within(patience).call as never;
    this.#functions = new Map([...plugin.contract.functions].map(([key, type]) => [key, served(key, type)]));
  }

  get description(): Description {
    return describe(this.plugin);
  }

  /** The same for makers of clients in other languages. */
  get openApi(): object {
    return openApi(this.description, this.plugin.contract.functions);
  }

  /** Whether callers should come. */
  get ready(): boolean {
    return !this.#leaving && !this.#ending;
  }

  /** What the calls came to, for each version. */
  get measures(): ServedMeasures {
    const { since, versions } = this.counted;
    return { plugin: this.plugin.name, since, versions };
  }

  /** @param json a list of arguments, as `fromJson` reads them */
  async callInJson(name: string, json: unknown, from: CallOrigin = {}): Promise<Outcome<unknown>> {
    const { key, type, ok, err } = this.#named(name);
    const args = this.#read(key, () => {
      if (!Array.isArray(json) || json.length !== type.params.length)
        throw new JsonMisfit(
          `wanted a JSON list of ${type.params.length} argument${type.params.length === 1 ? "" : "s"}`,
        );
      return type.params.map((param, i) => fromJson(param.type, json[i], `argument ${i + 1}`));
    });
    const write = (side: Side | undefined, value: unknown) => side && toJson(side.type, value);
    return this.#call(key, args, from, {
      ok: (value) => write(ok, value),
      err: (value) => write(err, value),
    });
  }

  /** @param bytes the arguments, as one tuple */
  async callInBytes(name: string, bytes: Uint8Array, from: CallOrigin = {}): Promise<Outcome<Uint8Array>> {
    const { key, args: shape, ok, err } = this.#named(name);
    const { maxBytes } = this.#options;
    const args = this.#read(key, () => decodeShape(shape, bytes, "the arguments", maxBytes) as unknown[]);
    const write = (side: Side | undefined, value: unknown) => side && this.#bytes(side.shape, value);
    return this.#call(key, args, from, {
      ok: (value) => write(ok, value),
      err: (value) => write(err, value),
    });
  }

  /** Requests that have not been answered. */
  get underWay(): number {
    return this.#pending;
  }

  /** Does something else to the plugin, which `end` waits for. @throws PluginError `closed` */
  async operate<T>(could: string, work: (plugin: Plugin) => Promise<T>): Promise<T> {
    if (this.#ending) throw new PluginError("closed", `${could}: its server takes no more requests`);
    return this.#during(() => work(this.plugin));
  }

  /** @param form how the arguments come in, and what is answered goes out, where it is in another form */
  async callAs<T>(name: string, form: Form<T>, from: CallOrigin = {}): Promise<Outcome<T>> {
    const { key } = this.#named(name);
    return this.#call(key, this.#read(key, form.args), from, form);
  }

  /** Answers, and tells callers to go elsewhere. */
  leave(): void {
    this.#leaving = true;
  }

  /** Takes no more calls. @returns resolves when none is under way */
  async end(): Promise<void> {
    this.#ending = true;
    if (this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #named(name: string): Served {
    const found = this.#functions.get(name) ?? this.#functions.get(keyOf(this.#functions, name) ?? "");
    if (found) return found;
    const known = [...this.#functions.keys()].join(", ");
    throw new PluginError(
      "mismatch",
      `could not call ${this.plugin.name}.${name}: there is no such function; there are ${known || "none"}`,
    );
  }

  #read(name: string, work: () => unknown[]): unknown[] {
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof JsonMisfit || cause instanceof AbiError)) throw cause;
      const why = `could not call ${this.plugin.name}.${name}: ${cause.message}; it was not called`;
      throw new PluginError("argument", why, { cause });
    }
  }

  async #call<T>(
    name: string,
    args: unknown[],
    from: CallOrigin,
    write: Omit<Form<T>, "args">,
  ): Promise<Outcome<T>> {
    const { maxCalls } = this.#options;
    const could = `could not call ${this.plugin.name}.${name}`;
    if (this.#ending) throw new PluginError("closed", `${could}: its server takes no more calls`);
    if (this.#pending >= maxCalls)
      throw new PluginError(
        "queue-full",
        `${could}: ${this.#pending} calls are under way; at most ${maxCalls} may be (maxCalls)`,
      );
    const began = now();
    return this.#during(async () => {
      try {
        const answer = await this.#make(name, args, from);
        this.#count(name, began);
        return { answer: write.ok(answer) };
      } catch (error) {
        this.#count(name, began, error);
        if (!(error instanceof PluginError) || error.code !== "guest-error") throw error;
        return { err: write.err(error.payload), error };
      }
    });
  }

  /** Makes a call, which is given up where it waits and its caller leaves. */
  #make(name: string, args: unknown[], origin: CallOrigin): Promise<unknown> {
    this.#origin = origin;
    try {
      return traced(origin.trace, () => this.#calls[name]!(...args));
    } finally {
      this.#origin = undefined;
    }
  }

  #count(name: string, began: number, error?: unknown): void {
    const { version, name: plugin } = this.plugin;
    const took = now() - began;
    this.counted.record(version, took, error);
    if (!this.heard) return;
    const type = error === undefined ? undefined : error instanceof PluginError ? error.code : "_OTHER";
    this.events.emit("call", {
      name: "rpc.server.call.duration",
      value: took / 1000,
      attributes: {
        "rpc.system.name": "moult",
        "rpc.method": `${plugin}/${name}`,
        "moult.plugin": plugin,
        "moult.version": version,
        ...(type !== undefined && { "error.type": type }),
      },
    });
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await work();
    } finally {
      if (--this.#pending === 0) this.#idle?.();
    }
  }

  #bytes(shape: ValueShape, value: unknown): Uint8Array {
    const scratch = this.#scratch;
    scratch.encode(shape, value);
    const bytes = scratch.copy();
    scratch.rest();
    return bytes;
  }
}

function served(key: string, type: FunctionType): Served {
  return { key, type, args: argumentsShape(type), ...sidesOf(key, type) };
}
