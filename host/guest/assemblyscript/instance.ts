/** Instances of plain AssemblyScript modules, through AssemblyScript's own loader. */
import type { ASUtil, Imports, instantiateSync } from "@assemblyscript/loader";
import { type Guest, Views } from "../../../abi/canonical/memory.ts";
import { wrongCount } from "../../../abi/canonical/signature.ts";
import { AbiError } from "../../../abi/error.ts";
import type { Manifest } from "../../../abi/manifest.ts";
import { difference } from "../../../abi/state/difference.ts";
import type { FunctionType } from "../../../abi/type.ts";
import type { WasmModule } from "../../../abi/wasm/js-api.ts";
import { PluginError, reason } from "../../errors.ts";
import { title } from "../../module/info.ts";
import { abortImport, GuestAbort } from "../abort.ts";
import type { Difference, HostImports, Instance, InstanceOptions } from "../adapter.ts";
import { DoorIn } from "../door-in.ts";
import { atMost, makeMemory } from "../memory-pool.ts";

import { isObject } from "./fit.ts";
import { type Service, takesText } from "./imports.ts";
import { MEMORY, type PlainMemory } from "./memory.ts";
import { isServed, OLD, RTTI } from "./runtime.ts";
import { type Heap, misnamed, valueCodec } from "./value.ts";

type Callable = (...core: unknown[]) => unknown;

const BYTES = { list: "u8" } as const;
const HOOKS = {
  save: { params: [], result: BYTES },
  restore: { params: [{ name: "bytes", type: BYTES }] },
  checkState: { params: [], result: "string" },
  plain: { params: [] },
} as const satisfies Record<string, FunctionType>;

/** A module, and what its instances are made with. */
export interface Plain {
  readonly code: WasmModule;
  readonly manifest: Manifest;
  readonly memory: PlainMemory;
  /** Its imports from `env` that a grant can serve. */
  readonly services: ReadonlyMap<string, Service>;
  /** Whether it has a start section; unknown for a module that came compiled. */
  readonly starts: boolean;
  /** The function of AssemblyScript's loader; missing for a module without objects. */
  readonly instantiateSync?: typeof instantiateSync;
}

export class PlainInstance implements Instance {
  /** Its mutable globals are not exported, so it cannot be copied. */
  readonly recoverable = false;
  readonly #module: Plain;
  readonly #door: DoorIn;
  readonly #exports: WebAssembly.Exports;
  readonly #heap: Heap;
  /** Exports that the contract names: they are called by callers, and are no hooks. */
  readonly #bound = new Set<string>();

  constructor(module: Plain, host: HostImports, options: InstanceOptions) {
    const { pages = 0, maxPages, maxValueBytes, metering } = options;
    this.#module = module;
    this.#door = new DoorIn(host.out);
    if (host.asynchronous) {
      throw new PluginError(
        "no-suspension",
        `could not load ${title(module)}: a grant answers later, and a plain AssemblyScript module cannot wait for it`,
      );
    }
    const { wanted, exported } = module.memory;
    const memory = wanted && makeMemory(atMost(wanted, maxPages), pages);
    const views = memory && new Views(memory, maxValueBytes);
    const heap = (): Heap | undefined => this.#heap;
    const aborting = abort(() => heap()?.guest.memory ?? views);
    const env = { ...environment(module, host, heap), abort: host.out.import(4, aborting) };
    // Defines every object that the loader would fill with its defaults, so that nothing but our imports is
    // reachable.
    const imports: Record<string, Record<string, unknown>> = { env, Math: {}, Date: {} };
    if (wanted) imports[wanted.module] = { ...imports[wanted.module], [wanted.name]: memory };
    const { instance, exports: util } = this.#instantiate(imports as Imports);
    // The code that has run may have caught the error of a refused import.
    if (host.out.shut) throw host.out.fault;
    this.#exports = instance.exports;
    this.#door.tank = metering?.tank(instance.exports);
    // The memory is AssemblyScript's export, else the one that the host made, else an export with another
    // name.
    const found = (name: string | undefined) =>
      name !== undefined && (instance.exports[name] as WebAssembly.Memory);
    const own = (exported === MEMORY && found(MEMORY)) || memory || found(exported) || NOWHERE;
    const guest = guestOf(new Views(own, maxValueBytes));
    this.#heap = { guest, util, global: (name) => this.#global(name) };
    this.#refuseOld();
  }

  #instantiate(imports: Imports): { readonly instance: WebAssembly.Instance; readonly exports?: ASUtil } {
    const { code, starts, instantiateSync } = this.#module;
    try {
      if (instantiateSync) return instantiateSync<Record<string, unknown>>(code, imports);
      return { instance: new WebAssembly.Instance(code, imports as WebAssembly.Imports) };
    } catch (cause) {
      if (!starts || cause instanceof WebAssembly.LinkError || cause instanceof RangeError) throw cause;
      const why = `its start section, which runs when it is instantiated, failed: ${reason(cause)}`;
      throw new PluginError("failed-start", `could not load ${title(this.#module)}: ${why}`, { cause });
    }
  }

  bind(name: string, type: FunctionType): (...args: never[]) => unknown {
    const call = this.#function(name, type, "the contract");
    this.#bound.add(name);
    return call;
  }

  start(): void {
    this.#run("_initialize");
    this.#run("start");
  }

  stop(): void {
    this.#run("stop");
  }

  save(): Uint8Array<ArrayBuffer> {
    return this.#function("save", HOOKS.save, "the hook")() as Uint8Array<ArrayBuffer>;
  }

  compare(datum: Uint8Array): Difference | undefined {
    const again = this.save();
    const at = difference(datum, again);
    return at < 0 ? undefined : { at, size: again.length };
  }

  restore(_schema: number, datum: Uint8Array): void {
    this.#function("restore", HOOKS.restore, "the hook")(datum as never);
  }

  restored(): void {
    this.#run("onRestore");
  }

  checkState(): string | undefined {
    if (!this.#isHook("checkState")) return undefined;
    return (this.#function("checkState", HOOKS.checkState, "the hook")() as string) || undefined;
  }

  becoming(): never {
    return this.become();
  }

  become(): never {
    throw new TypeError(`${title(this.#module)} does not export its mutable globals, so it cannot be copied`);
  }

  image(): never {
    return this.become();
  }

  again(on: boolean): void {
    if (this.#door.tank) this.#door.tank.again = on;
  }

  get fuelUsed(): number | undefined {
    return this.#door.tank?.used;
  }

  pages(): number {
    return this.#heap.guest.memory.size / PAGE;
  }

  /** Its memory cannot go back to the pool, because the loader's functions hold it. */
  release(): void {}

  /**
   * Refuses runtimes before AssemblyScript 0.24, whose objects are laid out differently: here, and not when
   * the first one is lifted.
   */
  #refuseOld(): void {
    const { manifest, services } = this.#module;
    const texts = [...services].find(([, service]) => takesText(service));
    if (manifest.state) this.#wantServed("it exports save and restore, so it has state");
    else if (texts) this.#wantServed(`it imports env.${texts[0]}`);
  }

  #wantServed(what: string): void {
    if (!(this.#exports[RTTI] instanceof WebAssembly.Global)) return;
    if (isServed(this.#heap.guest.memory, this.#global(RTTI) >>> 0)) return;
    throw new PluginError("mismatch", `could not load ${title(this.#module)}: ${what}, but ${OLD}`);
  }

  /** A hook is a function without parameters that the contract does not name. */
  #isHook(name: string): boolean {
    const core = this.#exports[name];
    return typeof core === "function" && core.length === 0 && !this.#bound.has(name);
  }

  #run(name: string): void {
    if (this.#isHook(name)) this.#function(name, HOOKS.plain, "the hook")();
  }

  /** @param source says how many parameters the function has, for messages */
  #function(name: string, type: FunctionType, source: string): (...args: never[]) => unknown {
    const core = this.#exports[name] as Callable;
    const found = `could not load ${title(this.#module)}: its export ${name}`;
    const { length } = type.params;
    if (core.length !== length) {
      throw new PluginError("mismatch", `${found} takes ${core.length} values, and ${source} has ${length}`);
    }
    const crossing = [...type.params.map((param) => param.type), ...(type.result ? [type.result] : [])];
    if (crossing.some(isObject)) this.#wantServed(`its export ${name} takes or answers objects`);
    for (const param of type.params) {
      const problem = misnamed(param.type, this.#heap);
      if (problem) throw new PluginError("mismatch", `${found} takes what it cannot be given: ${problem}`);
    }
    const { guest, util } = this.#heap;
    const params = type.params.map((param) => valueCodec(param.type, `parameter ${param.name}`, this.#heap));
    const result = type.result && valueCodec(type.result, "result", this.#heap);
    // Sets the number of arguments, for functions with defaults.
    const given = this.#exports.__setArgumentsLength as ((count: number) => void) | undefined;
    const call = (...args: unknown[]) => {
      if (args.length !== length) wrongCount(length, args.length);
      const pins: number[] = [];
      const flat: unknown[] = [];
      const unpin = () => {
        for (const pointer of pins) util?.__unpin(pointer);
      };
      try {
        for (let i = 0; i < length; i++) flat.push(params[i]!.lower(args[i], pins));
      } catch (error) {
        // The guest is unchanged and goes on. After a trap this must not be called.
        if (error instanceof AbiError && error.fault === "argument") unpin();
        throw error;
      }
      given?.(length);
      const answer = this.#door.call(() => core(...flat));
      guest.memory.budget = guest.memory.most;
      const value = result?.lift(answer);
      unpin();
      return value;
    };
    return this.#door.tank?.metered(call, source === "the hook" ? "hook" : "call", false) ?? call;
  }

  /** The number in an exported global. */
  #global(name: string): number {
    const global = this.#exports[name];
    const value = global instanceof WebAssembly.Global ? global.value : undefined;
    if (typeof value === "number") return value;
    throw new AbiError("guest", `${name}: wanted an i32 in a global, found ${typeof value}`);
  }
}

/** Bytes of a page. */
const PAGE = 65_536;
/** The memory of a module without memory. */
const NOWHERE = { buffer: new ArrayBuffer(0) };

function guestOf(memory: Views): Guest {
  const realloc = () => {
    throw new TypeError("a plain AssemblyScript module has no cabi_realloc");
  };
  return { memory, realloc, strings: "utf16" };
}

/** The imports from `env` of what was granted. The loader's defaults are replaced by refusals. */
function environment(
  module: Plain,
  host: HostImports,
  heap: () => Heap | undefined,
): WebAssembly.ModuleImports {
  const refuse = (name: string) =>
    host.out.import(undefined, () => {
      throw new Error(`env.${name} was not granted`);
    });
  const env: WebAssembly.ModuleImports = { trace: refuse("trace"), seed: refuse("seed") };
  for (const [name, service] of module.services) {
    const { interface: owner, functions } = service.serves;
    const text = (pointer: unknown) => {
      const own = heap();
      if (!own) throw new Error(`env.${name} was called during instantiation, ${UNREADABLE}`);
      own.guest.memory.budget = own.guest.memory.most;
      return valueCodec("string", `parameter 1 of env.${name}`, own).lift(pointer) as string;
    };
    env[name] = host.out.import(undefined, service.make(host.granted(owner, functions[0]!.name), text));
  }
  return env;
}

const UNREADABLE =
  "when memory cannot be read; build the module with --exportStart _initialize to run its top-level code later";

function abort(views: () => Views | undefined): (...args: number[]) => never {
  return (message, file, line = 0, column = 0) => {
    const readable = views();
    if (!readable) throw new GuestAbort(`abort during instantiation, ${UNREADABLE}`, undefined, line, column);
    return abortImport(() => readable)(message ?? 0, file ?? 0, line, column);
  };
}
