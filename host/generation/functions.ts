/** The functions of a generation: bare, or with every call of them told to an observer. */
import type { ArgumentBytes } from "../../abi/canonical/value-bytes.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import { replaying, resuming, retrying } from "../grant/host-calls.ts";
import { digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver, HostCalls, RecordedCall, TrappedCall } from "./observer.ts";
import { attend, recorded } from "./recorded.ts";

/** The generation whose functions they are. */
export interface Owner {
  readonly bind: (binding: Binding) => Call;
  /** A function of the module that no contract names. */
  readonly ownExport: (name: string) => Binding | undefined;
  /** Sets what answers the guest's questions. */
  readonly listen: (hostCalls: HostCalls | undefined) => void;
  readonly bytes: ArgumentBytes;
}

interface Bare {
  readonly binding: Binding;
  readonly call: Call;
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
    return this.#bare.map(({ binding, call }, slot) =>
      observer ? recorded({ ...binding, ...this.#owner, slot, call }, observer) : call,
    );
  }

  /** Their names and types, by their numbers. */
  get bindings(): readonly Binding[] {
    return this.#bare.map(({ binding }) => binding);
  }

  /** All, by their numbers: each call's questions are answered by host calls of its own. */
  answeredFrom(hostCalls: () => HostCalls): Call[] {
    const { listen } = this.#owner;
    return this.#bare.map(
      ({ call }) =>
        (...args) =>
          run(answered(call, args, hostCalls(), listen)),
    );
  }

  /** Makes a call that trapped in another generation: effects that it had done there are not done again. */
  *resume({ name, slot, args, entry }: TrappedCall): Steps<unknown> {
    const { binding, call } = this.#find({ name, slot });
    const { listen, bytes } = this.#owner;
    const retry = (next?: HostCalls) => retrying(entry, bytes, next);
    if (this.#observer) {
      const what = { ...binding, ...this.#owner, slot, call };
      return yield* attend(what, this.#observer, args as never[], retry);
    }
    listen(retry());
    try {
      return yield* wait(call(...(args as never[])));
    } finally {
      listen(undefined);
    }
  }

  /**
   * Runs a recorded call again.
   *
   * @param log for a call that a crash interrupted: it goes on from there
   * @returns the digest of what it answers now
   */
  *replay(entry: RecordedCall, log?: CallLog): Steps<number> {
    const { binding, call } = this.#find(entry);
    const { listen, bytes } = this.#owner;
    listen(log ? resuming(entry, bytes, log) : replaying(entry, bytes));
    try {
      return digest(yield* wait(call(...(bytes.lift(binding.type, entry.args) as never[]))));
    } catch (error) {
      if (error instanceof PluginError && error.code === "guest-error") return digest(error.payload);
      throw error;
    } finally {
      listen(undefined);
    }
  }

  /** By its number; by its name where numbers were given in another process; as the module has it where no view has it. */
  #find({ name, slot }: Pick<RecordedCall, "name" | "slot">): Bare {
    const there = this.#bare[slot];
    if (there?.binding.name === name) return there;
    const named = this.#bare.find(({ binding }) => binding.name === name);
    if (named) return named;
    const binding = this.#owner.ownExport(name);
    if (binding) return { binding, call: this.#owner.bind(binding) };
    const why = `a call of ${name} is to be run again, which the contract does not have`;
    throw new PluginError("unreplayable", why);
  }
}

function* answered(call: Call, args: never[], hostCalls: HostCalls, listen: Owner["listen"]): Steps<unknown> {
  listen(hostCalls);
  try {
    return yield* wait(call(...args));
  } finally {
    listen(undefined);
  }
}
