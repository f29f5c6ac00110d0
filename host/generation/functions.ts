/** The functions of a generation, with or without an observer of their calls. */
import { run, type Steps } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import type { Linked } from "../grant/lazy-link.ts";
import type { Linkage } from "../grant/linkage.ts";
import type { PluginModule } from "../module/module.ts";
import { answered, type Bare, type Caller } from "./bare.ts";
import type { CallRecorder } from "./call-recorder.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** The generation that the functions belong to. */
export interface Owner extends Caller {
  readonly bind: (binding: Binding) => Call;
  /** A function of the module that no contract names. */
  readonly ownExport: (name: string) => Binding | undefined;
  /** Had where calls are recorded. */
  readonly recorder: () => CallRecorder;
}

export class Functions {
  readonly #bare: Bare[] = [];
  readonly #owner: Owner;
  #observer: CallObserver | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** Adds the functions of one more contract. @returns all functions, by their numbers */
  add(bindings: readonly Binding[]): Call[] {
    const bare = bindings.map((binding) => ({ binding, call: this.#bound(binding) }));
    this.#bare.push(...bare);
    return this.observe(this.#observer);
  }

  #bound(binding: Binding): Call {
    const { name, missing } = binding;
    if (missing === undefined) return this.#owner.bind(binding);
    return () => {
      throw new PluginError("mismatch", `could not call ${name}: ${missing}`);
    };
  }

  /** Removes the functions from the number `first` on. */
  cut(first: number): Call[] {
    this.#bare.length = first;
    return this.observe(this.#observer);
  }

  /** Reports every call to the observer from now on; to none with `undefined`. */
  observe(observer: CallObserver | undefined): Call[] {
    this.#observer = observer;
    if (!observer) return this.#bare.map(({ call }) => call);
    return this.#owner.recorder().observed(this.#bare, this.#owner, observer);
  }

  /** The bindings of all functions, by their numbers. */
  get bindings(): readonly Binding[] {
    return this.#bare.map(({ binding }) => binding);
  }

  /** All functions, by their numbers, with host calls of its own for each call. */
  answeredFrom(hostCalls: () => HostCalls): Call[] {
    return this.#bare.map(
      ({ call }) =>
        (...args) =>
          run(answered(this.#owner, call, args, hostCalls())),
    );
  }

  /** Makes a call that trapped in another generation. Effects that it had there are not performed again. */
  resume(call: TrappedCall): Steps<unknown> {
    return this.#owner.recorder().resume(this.#find(call), call, this.#owner, this.#observer);
  }

  /**
   * Replays a recorded call.
   *
   * @param log continues the log of a call that a crash interrupted
   * @returns the digest of the new answer
   */
  replay(call: RecordedCall, log?: CallLog): Steps<number> {
    return this.#owner.recorder().replay(this.#find(call), call, this.#owner, log);
  }

  /**
   * Finds a function by its number, or by its name where another process recorded the call, or as the module
   * exports it where no view has it.
   */
  #find({ name, slot }: Pick<RecordedCall, "name" | "slot">): Bare {
    const found = this.#bare[slot] ?? this.#bare.find(({ binding }) => binding.name === name);
    if (found) return found;
    const binding = this.#owner.ownExport(name);
    if (binding) return { binding, call: this.#owner.bind(binding) };
    const why = `a call of ${name} is to be run again, which the contract does not have`;
    throw new PluginError("unreplayable", why);
  }
}

/** What the functions need to know of the generation's module, and of what it was granted. */
export interface Granting {
  readonly module: PluginModule;
  readonly linkage: Linkage;
  readonly lineage: Pick<Owner, "recorder">;
}

/** The functions of a generation whose module was compiled here, wherever it runs. */
export function functionsOf(
  { module, linkage, lineage }: Granting,
  link: Pick<Linked, "listen">,
  own: Pick<Owner, "bind" | "answersLater">,
): Functions {
  return new Functions({
    ...own,
    ownExport: (name) => {
      const type = module.manifest.exports.find((each) => each.name === name);
      return module.typed && type ? { name, type } : undefined;
    },
    listen: (hostCalls) => link.listen(hostCalls),
    asks: linkage.matches.some(({ functions }) => functions.some(({ granted }) => granted.kind !== "post")),
    recorder: lineage.recorder,
  });
}
