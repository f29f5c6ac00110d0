/** The adapter for modules that speak version 1 of the ABI. */

import { crossing } from "../../../abi/canonical/exported.ts";
import { type Guest, Views } from "../../../abi/canonical/memory.ts";
import { lift } from "../../../abi/canonical/value.ts";
import { type Manifest, readManifest } from "../../../abi/manifest.ts";
import { printable } from "../../../abi/printable.ts";
import type { FunctionType } from "../../../abi/type.ts";
import {
  ABORT_IMPORT,
  CHECK_STATE,
  GLOBAL,
  INITIALIZE,
  MEMORY_EXPORT,
  MEMORY_IMPORT,
  POST,
  REALLOC,
  RESTORE,
  RESTORED,
  SAVE,
  START,
  STATE,
  STATE_READ,
  STATE_WRITE,
  STOP,
} from "../../../abi/v1.ts";
import type { WasmImport, WasmModule } from "../../../abi/wasm/js-api.ts";
import { fitExport } from "../../contract/fit.ts";
import { PluginError } from "../../errors.ts";
import { LazyPart } from "../../lazy-part.ts";
import { title } from "../../module/info.ts";
import { abortImport } from "../abort.ts";
import type {
  Adapter,
  Difference,
  HostImports,
  Instance,
  InstanceImage,
  InstanceOptions,
} from "../adapter.ts";
import { DoorIn } from "../door-in.ts";
import { atMost, type Lent, type MemoryPool } from "../memory-pool.ts";
import { NO_STATE } from "./no-state.ts";
import { early, helpless } from "./refusals.ts";
import { ruleProblem } from "./rules.ts";
import type { StateStream } from "./state-stream.ts";

export const STATEFUL = new LazyPart(() => import("./stateful.ts"));

export const moult1: Adapter = {
  async describe({ code, binary, from }) {
    const manifest = readManifest(code);
    if (manifest) {
      const problem = binary && ruleProblem(binary, manifest);
      const { state } = manifest;
      const stateful = state && (await STATEFUL.load(`could not load ${from}`));
      await stateful?.checkModuleState(state!);
      const module: Described = { code, manifest, stateful, recoverable: undefined };
      return {
        manifest,
        typed: true,
        warnings: [],
        fit: (key, wanted) => fitExport(manifest, key, wanted),
        provides,
        problem,
        instantiate(host, options) {
          if (problem === undefined) return new Moult1(module, host, options);
          throw new PluginError("mismatch", `could not load ${title(module)}: ${problem}`);
        },
      };
    }
    throw new PluginError(
      "no-manifest",
      `could not load ${from}: it has the marker moult_abi_1, but no custom section "moult:manifest"`,
    );
  },
};

/** A module, and what each of its instances needs. */
interface Described {
  readonly code: WasmModule;
  readonly manifest: Manifest;
  /** There where it has state. */
  readonly stateful: typeof import("./stateful.ts") | undefined;
  /** Whether every mutable global is exported and can be set; unknown before the first instance. */
  recoverable: boolean | undefined;
}

function provides({ module, name, kind }: WasmImport): boolean {
  if (module === STATE) return kind === "function" && (name === STATE_WRITE || name === STATE_READ);
  if (module !== MEMORY_IMPORT.module) return false;
  if (name === MEMORY_IMPORT.name) return kind === "memory";
  return name === ABORT_IMPORT.name && kind === "function";
}

type Core = (...flat: never[]) => unknown;

class Moult1 implements Instance {
  readonly recoverable: boolean;
  readonly #module: Described;
  readonly #door: DoorIn;
  /** Whether calls may be suspended, and so answer promises. */
  readonly #later: boolean;
  readonly #memories: MemoryPool;
  readonly #stream: StateStream | undefined;
  #exports: WebAssembly.Exports;
  #memory: WebAssembly.Memory | undefined;
  #guest: Guest;
  #lent: Lent | undefined;

  constructor(module: Described, host: HostImports, options: InstanceOptions) {
    const { pages = 0, memories, lent, maxStateBytes, maxValueBytes, maxPages, metering } = options;
    this.#module = module;
    const { out } = host;
    this.#door = new DoorIn(out);
    this.#later = host.asynchronous;
    this.#memories = memories;
    const { memory: wanted, globals, strings } = module.manifest;
    const guest = (): Guest => this.#guest ?? early();
    const views = () => guest().memory;
    this.#stream = module.stateful && new module.stateful.StateStream(views, maxStateBytes);
    const { write, read } = this.#stream ?? NO_STATE;
    const env: WebAssembly.ModuleImports = { [ABORT_IMPORT.name]: out.import(4, abortImport(views)) };
    this.#lent = wanted && (lent ?? memories.take(atMost(wanted, maxPages), pages));
    if (this.#lent) env[MEMORY_IMPORT.name] = this.#lent.memory;
    const instance = new WebAssembly.Instance(module.code, {
      ...host.imports(guest),
      [MEMORY_IMPORT.module]: env,
      [STATE]: { [STATE_WRITE]: out.import(2, write), [STATE_READ]: out.import(2, read) },
    });
    // Code that ran against the rules of the ABI may have caught the error of a refused import.
    if (out.shut) throw out.fault;
    this.#exports = instance.exports;
    this.#door.tank = metering?.tank(instance.exports);
    this.#memory = this.#lent?.memory ?? this.#ownMemory();
    module.recoverable ??= globals !== undefined && this.#globalsAreThere(globals);
    this.recoverable = module.recoverable;
    const realloc = this.#exports[REALLOC] as Guest["realloc"] | undefined;
    this.#guest = {
      memory: new Views(this.#memory, maxValueBytes),
      realloc: realloc ? this.#door.realloc(realloc) : helpless,
      strings,
      door: out,
    };
  }

  bind(name: string, type: FunctionType, onErr: (payload: unknown) => never): (...args: never[]) => unknown {
    const { interface: owner } = this.#module.manifest;
    const key = owner === undefined ? name : `${owner}#${name}`;
    const core = this.#exports[key] as Core | undefined;
    if (typeof core !== "function") misses(this.#module, key);
    const { width } = crossing(type);
    if (core.length !== width) {
      throw new PluginError(
        "mismatch",
        `could not load ${title(this.#module)}: its export ${key} takes ${core.length} core values, and its manifest says ${width}`,
      );
    }
    const post = this.#exports[POST + key] as Core | undefined;
    return this.#door.entry(this.#guest, { type, core, post, onErr }, this.#later);
  }

  start(): void {
    this.#run(INITIALIZE);
    this.#run(START);
  }

  stop(): void {
    this.#run(STOP);
  }

  save(spent?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return this.#state().collect(() => this.#save(), spent);
  }

  compare(datum: Uint8Array): Difference | undefined {
    return this.#state().compare(datum, () => this.#save());
  }

  restore(schema: number, datum: Uint8Array): void {
    const restore = this.#need(RESTORE);
    this.#state().feed(datum, () => this.#door.hook(() => restore(schema as never)));
  }

  restored(): void {
    this.#run(RESTORED);
  }

  checkState(): string | undefined {
    const pointer = this.#run(CHECK_STATE);
    return pointer
      ? printable(lift("string", this.#guest, pointer as number, "its complaint") as string)
      : undefined;
  }

  become(other: Instance | InstanceImage): void {
    const image = other instanceof Moult1 ? other.#seen : (other as InstanceImage);
    for (const _ of this.becoming(image, image.memory.length));
  }

  *becoming({ memory, globals }: InstanceImage, slice: number): Iterable<void> {
    const { length } = memory;
    this.#door.reset(this.#guest);
    const more = length / 65_536 - this.pages();
    if (more > 0) this.#memory?.grow(more);
    const { bytes } = this.#guest.memory;
    for (let at = 0; at < length; at += slice) {
      bytes.set(memory.subarray(at, at + slice), at);
      yield;
    }
    bytes.fill(0, length);
    for (const [i, value] of globals.entries())
      (this.#exports[GLOBAL + i] as WebAssembly.Global).value = value;
  }

  image(into?: Uint8Array<ArrayBuffer>): InstanceImage {
    const { memory, globals } = this.#seen;
    if (into?.length !== memory.length) return { memory: memory.slice(), globals };
    into.set(memory);
    return { memory: into, globals };
  }

  /** Its memory itself, and the values of its mutable globals. */
  get #seen(): InstanceImage {
    const { globals: length = 0 } = this.#module.manifest;
    const globals = Array.from({ length }, (_, i) => (this.#exports[GLOBAL + i] as WebAssembly.Global).value);
    return { memory: this.#guest.memory.bytes, globals };
  }

  again(on: boolean): void {
    if (this.#door.tank) this.#door.tank.again = on;
  }

  get fuelUsed(): number | undefined {
    return this.#door.tank?.used;
  }

  pages(): number {
    return this.#guest.memory.size / 65_536;
  }

  release(reusable: boolean): void {
    const lent = this.#lent;
    this.#exports = {};
    this.#memory = undefined;
    this.#lent = undefined;
    this.#guest = { ...this.#guest, memory: new Views({ buffer: new ArrayBuffer(0) }), realloc: helpless };
    if (lent && reusable) this.#memories.give(lent);
  }

  #state(): StateStream {
    return this.#stream ?? misses(this.#module, SAVE);
  }

  /** Calls an optional export without parameters. */
  #run(name: string): unknown {
    const core = this.#exports[name] as (() => unknown) | undefined;
    return core && this.#door.hook(core);
  }

  /** @returns whether the guest saved everything */
  #save(): boolean {
    return this.#door.hook(this.#need(SAVE) as () => unknown) === 1;
  }

  #need(name: string): Core {
    return (this.#exports[name] as Core | undefined) ?? misses(this.#module, name);
  }

  #ownMemory(): WebAssembly.Memory {
    const memory = this.#exports[MEMORY_EXPORT];
    return memory instanceof WebAssembly.Memory ? memory : misses(this.#module, MEMORY_EXPORT);
  }

  #globalsAreThere(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const global = this.#exports[GLOBAL + i];
      if (!(global instanceof WebAssembly.Global)) misses(this.#module, GLOBAL + i);
      try {
        const { value } = global as WebAssembly.Global;
        // Only setting a global shows whether it can be set.
        (global as WebAssembly.Global).value = value;
      } catch (cause) {
        throw new PluginError(
          "mismatch",
          `could not load ${title(this.#module)}: its export ${GLOBAL + i} is no global that can be set, and its manifest says so`,
          { cause },
        );
      }
    }
    return true;
  }
}

function misses(module: Described, name: string): never {
  throw new PluginError(
    "mismatch",
    `could not load ${title(module)}: it has no export ${name}, which its manifest calls for`,
  );
}
