/** The functions of a generation: bare, or with every call of them told to an observer. */
import { run, type Steps } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import { answered, type Bare, type Caller } from "./bare.ts";
import type { CallRecorder } from "./call-recorder.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** The generation whose functions they are. */
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

  /** Adds the functions of one more contract. @returns all, by their numbers */
  add(bindings: readonly Binding[]): Call[] {
    const bare = bindings.map((binding) => ({ binding, call: this.#owner.bind(binding) }));
    this.#bare.push(...bare);
    return this.observe(this.#observer);
  }

  /** Removes the functions from this number on. */
  cut(first: number): Call[] {
    this.#bare.length = first;
    return this.observe(this.#observer);
  }

  /** Tells every call to the observer from now on; to none with `undefined`. */
  observe(observer: CallObserver | undefined): Call[] {
    this.#observer = observer;
    if (!observer) return this.#bare.map(({ call }) => call);
    return this.#owner.recorder().observed(this.#bare, this.#owner, observer);
  }

  /** Their names and types, by their numbers. */
  get bindings(): readonly Binding[] {
    return this.#bare.map(({ binding }) => binding);
  }

  /** All, by their numbers: each call's questions are answered by host calls of its own. */
  answeredFrom(hostCalls: () => HostCalls): Call[] {
    return this.#bare.map(
      ({ call }) =>
        (...args) =>
          run(answered(this.#owner, call, args, hostCalls())),
    );
  }

  /** Makes a call that trapped in another generation: effects that it had done there are not done again. */
  resume(call: TrappedCall): Steps<unknown> {
    return this.#owner.recorder().resume(this.#find(call), call, this.#owner, this.#observer);
  }

  /**
   * Runs a recorded call again.
   *
   * @param log for a call that a crash interrupted: it goes on from there
   * @returns the digest of what it answers now
   */
  replay(call: RecordedCall, log?: CallLog): Steps<number> {
    return this.#owner.recorder().replay(this.#find(call), call, this.#owner, log);
  }

  /** By its number; by its name where another process recorded it; as the module has it where no view has it. */
  #find({ name, slot }: Pick<RecordedCall, "name" | "slot">): Bare {
    const found = this.#bare[slot] ?? this.#bare.find(({ binding }) => binding.name === name);
    if (found) return found;
    const binding = this.#owner.ownExport(name);
    if (binding) return { binding, call: this.#owner.bind(binding) };
    const why = `a call of ${name} is to be run again, which the contract does not have`;
    throw new PluginError("unreplayable", why);
  }
}
