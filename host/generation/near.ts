/** Generations in this process: each one instance in the life of a plugin, numbered. */
import { AbiError } from "../../abi/error.ts";
import type { Passage } from "../../abi/state/state.ts";
import { type Maybe, run } from "../awaitable.ts";
import type { Binding } from "../contract/view.ts";
import type { Keep } from "../durable/keep.ts";
import { type Code, PluginError, reason } from "../errors.ts";
import type { Tape } from "../grant/host-calls.ts";
import { Link, type Linkage, type Mode } from "../grant/link.ts";
import type { Instance } from "../guest/adapter.ts";
import { guarded } from "../guest/guard.ts";
import { answering } from "../guest/guest-error.ts";
import type { MemoryPool } from "../guest/memory-pool.ts";
import type { Entry, Journal } from "../journal/journal.ts";
import type { Scribe, TrappedCall } from "../journal/recorded.ts";
import type { Image } from "../journal/replay.ts";
import { type PluginModule, title } from "../module/module.ts";
import type { VersionRecord } from "../swap/record.ts";
import type { Generation, State } from "../swap/swap.ts";
import { Copies } from "./clone.ts";
import { type Call, Functions } from "./functions.ts";

/** What all generations of one plugin share. */
export interface Lineage {
  readonly plugin: string;
  /** How many granted functions are on the stack. */
  readonly nesting: { depth: number };
  readonly memories: MemoryPool;
  /** Names the call that runs, among all of the plugin's whole life. */
  readonly callName: () => string | number;
  /** Calls are written to a store that answers later. */
  readonly waits: boolean;
  /** What is true after a trap. */
  readonly afterTrap: string;
  /** Told what a grant threw where nobody waits for it. */
  readonly onError: (error: unknown) => void;
  /** Called once, by the generation that serves, when it traps. */
  readonly onTrap: (generation: NearGeneration, error: PluginError) => void;
}

export interface GenerationOptions {
  readonly number: number;
  readonly module: PluginModule;
  readonly linkage: Linkage;
  readonly lineage: Lineage;
  readonly mode: Mode;
  /** The functions that live views call, in the order of their numbers. */
  readonly bindings: readonly Binding[];
  /** How state reaches it. */
  readonly passage: Passage | undefined;
  /** Pages of memory to begin with. */
  readonly pages?: number | undefined;
}

export class NearGeneration implements Generation {
  readonly number: number;
  readonly module: PluginModule;
  readonly instance: Instance;
  /** The functions of every live view, by the views' own numbers; journaled while a journal is kept. */
  calls: Call[] = [];
  /** Its calls answer promises, because a grant may suspend them. */
  asynchronous: boolean;
  readonly #waits: boolean;
  /** Why it is poisoned, once it trapped. */
  trapped: PluginError | undefined;
  readonly #options: GenerationOptions;
  readonly #link: Link;
  readonly #functions: Functions;
  #made: Copies | undefined;

  constructor(options: GenerationOptions) {
    const { number, module, linkage, lineage, mode, pages } = options;
    this.#options = options;
    this.number = number;
    this.module = module;
    this.#waits = linkage.asynchronous || (lineage.waits && mode !== "looking");
    this.asynchronous = this.#waits;
    const what = "a grant could not be made for it";
    this.#link = this.#guarded("bad-grant", what, () => new Link(linkage, mode, lineage));
    this.#functions = new Functions({
      bind: (binding) => this.#function(binding),
      listen: (tape) => this.#link.listen(tape),
    });
    try {
      this.instance = this.#guarded("invalid-module", "could not be instantiated", () =>
        module.adapter.instantiate(module, this.#link, { pages, memories: lineage.memories }),
      );
      this.bind(options.bindings);
    } catch (error) {
      this.#link.retire();
      throw error;
    }
  }

  get #copies(): Copies {
    this.#made ??= new Copies({
      module: this.module,
      instance: this.instance,
      afterTrap: this.#options.lineage.afterTrap,
      sibling: () => this.#sibling(),
      poison: (trap) => this.#poison(trap),
    });
    return this.#made;
  }

  /** Adds the functions of one more view. */
  bind(bindings: readonly Binding[]): void {
    this.calls = this.#functions.add(bindings);
  }

  /** Takes back the functions from this number on. */
  unbind(first: number): void {
    this.calls = this.#functions.cut(first);
  }

  /** From now on every call is in the scribe's journal; with `undefined`, in none. */
  keep(scribe: Scribe | undefined): void {
    this.asynchronous = this.#waits || scribe?.asynchronous === true;
    this.calls = this.#functions.keep(scribe);
  }

  /** Runs a call of a journal again. @returns the digest of what it answers now; see `Functions.replay` */
  replay(entry: Entry, journal: Journal, keep?: Keep): Maybe<number> {
    return run(this.#functions.replay(entry, journal, keep));
  }

  /** Makes a call in which another generation trapped. What the host did for that one is not done again. */
  resume(call: TrappedCall, journal: Journal): Maybe<unknown> {
    return run(this.#functions.resume(call, journal));
  }

  #function({ name, type }: Binding): Call {
    const { lineage } = this.#options;
    const what = `its function ${name} cannot be called`;
    return this.#guarded("bad-manifest", what, () =>
      this.instance.bind(name, type, answering(type, `${lineage.plugin}.${name}`)),
    );
  }

  /** Keeps a copy of what it is. */
  image(): Image {
    return this.#copies.image();
  }

  /** A copy of it with its functions, to be asked: it only looks. @throws PluginError `failed-save` */
  copy(): NearGeneration {
    const copy = this.#sibling(this.#functions.bindings);
    try {
      const what = "a copy of it could not be made";
      this.#guarded("failed-save", what, () => copy.instance.become(this.instance));
      return copy;
    } catch (error) {
      copy.discard();
      throw error;
    }
  }

  /** From now on, each call's questions go to a tape of its own. */
  hear(tape: () => Tape): void {
    this.calls = this.#functions.heard(tape);
  }

  /** Runs top-level code and the start hook. @throws PluginError `failed-start` */
  start(): this {
    this.#guarded("failed-start", "its start failed", () => this.instance.start());
    return this;
  }

  /** @throws PluginError `failed-save`; `trapped` when there is nothing left to save */
  save(spent?: State): State | undefined {
    if (!this.module.manifest.state) return undefined;
    if (this.trapped) throw this.trapped;
    return this.#copies.save(spent);
  }

  /** Lets go of the copy that `save` works on. */
  forget(): void {
    this.#made?.forget();
  }

  /** @throws PluginError `failed-restore` */
  restore(state: State): void {
    const passage = this.#options.passage;
    if (!passage) throw new PluginError("no-state", `${title(this.module)} takes no state`);
    this.#guarded("failed-restore", "its restore failed", () => {
      const datum = passage.translate ? passage.translate(state.datum) : state.datum;
      this.instance.restore(passage.restore, datum);
      if (this.#options.mode === "looking" && passage.kind === "same") this.#compare(datum);
      this.instance.restored();
    });
  }

  /** @throws PluginError `failed-check` */
  check(): void {
    const problem = this.#guarded("failed-check", "its check of the state failed", () =>
      this.instance.checkState(),
    );
    if (problem !== undefined) {
      throw new PluginError("failed-check", `${title(this.module)} finds its state wrong: ${problem}`);
    }
  }

  /** From the cutover on: what it had posted goes out. */
  serve(): void {
    this.#link.serve(this.#options.lineage.onError);
  }

  discard(): void {
    this.forget();
    this.#link.retire();
    this.#release();
  }

  /** Ends it: its stop hook runs, then what its grants hold ends. @returns what the hook threw */
  retire(): unknown {
    this.forget();
    try {
      if (!this.trapped) this.instance.stop();
      return undefined;
    } catch (error) {
      return error;
    } finally {
      this.#link.retire();
      this.#release();
    }
  }

  /** Leaves nothing behind that could run, or that holds its memory. A suspended call could; a grant may be inside one. */
  #release(): void {
    this.calls = this.#functions.cut(0);
    this.instance.release(!this.asynchronous && this.#options.lineage.nesting.depth === 0);
  }

  /** What an error from a call is, for the caller. A trap poisons this generation. */
  failed(error: unknown, name: string): PluginError {
    const { plugin, afterTrap } = this.#options.lineage;
    if (error instanceof PluginError) return error;
    if (error instanceof AbiError && error.fault === "argument") {
      return new PluginError(
        "argument",
        `could not call ${plugin}.${name}: ${error.message}; it was not called`,
        { cause: error },
      );
    }
    const why = `could not call ${plugin}.${name}: version ${this.module.manifest.version} trapped: ${reason(error)}`;
    const trap = new PluginError("trapped", `${why}; ${afterTrap}`, { cause: error });
    this.#poison(trap);
    return trap;
  }

  #poison(trap: PluginError): void {
    if (this.trapped) return;
    this.trapped = trap;
    this.#options.lineage.onTrap(this, trap);
  }

  record(): VersionRecord {
    return { generation: this.number, version: this.module.manifest.version, digest: this.module.digest };
  }

  #sibling(bindings: readonly Binding[] = []): NearGeneration {
    return new NearGeneration({
      ...this.#options,
      mode: "looking",
      bindings,
      pages: this.instance.pages(),
      lineage: { ...this.#options.lineage, onTrap: () => {} },
    });
  }

  /** A restore that says it worked and did not: what it would save now has to be what it was given. */
  #compare(datum: Uint8Array): void {
    if (this.module.manifest.state?.opaque) return;
    const differs = this.instance.compare(datum);
    if (!differs) return;
    throw new Error(
      `saved again, the restored state differs: ${datum.length} bytes went in, ${differs.size} came out, and byte ${differs.at} is the first that differs`,
    );
  }

  #guarded<T>(code: Code, what: string, work: () => T): T {
    return guarded(this.module, { code, what }, work);
  }
}
