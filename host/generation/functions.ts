/** The functions of a generation, with or without an observer of their calls. */
import {
  type ArgumentsShape,
  argumentsShape,
  decodeShape,
  type Scratch,
} from "../../abi/canonical/value-bytes.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import { Answering, RecordedAnswers } from "../grant/host-calls.ts";
import { Digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import type { HostCalls } from "./question.ts";
import { attend, recorded } from "./recorded.ts";
import { type Recorded, recordOf } from "./recording.ts";

/** The generation that the functions belong to. */
export interface Owner {
  readonly bind: (binding: Binding) => Call;
  /** A function of the module that no contract names. */
  readonly ownExport: (name: string) => Binding | undefined;
  /** Sets what answers the guest's questions. */
  readonly listen: (hostCalls: HostCalls | undefined) => void;
  /** Whether the guest may ask its host anything. */
  readonly asks: boolean;
  /** Whether calls answer promises. */
  readonly answersLater: boolean;
  readonly scratch: Scratch;
}

interface Bare {
  readonly binding: Binding;
  readonly call: Call;
}

export class Functions {
  readonly #bare: Bare[] = [];
  readonly #owner: Owner;
  #observer: CallObserver | undefined;
  #made: Digest | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** Adds the functions of one more contract. @returns all functions, by their numbers */
  add(bindings: readonly Binding[]): Call[] {
    const bare = bindings.map((binding) => ({ binding, call: this.#owner.bind(binding) }));
    this.#bare.push(...bare);
    return this.observe(this.#observer);
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
    const questions = new Answering("record", { ...this.#owner, record: recordOf(observer) });
    return this.#bare.map((bare, slot) => recorded(this.#recorded(bare, slot), observer, questions));
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
          run(this.#answered(call, args, hostCalls())),
    );
  }

  /** Makes a call that trapped in another generation. Effects that it had there are not performed again. */
  *resume({ name, slot, args, effects = [] }: TrappedCall): Steps<unknown> {
    const bare = this.#find({ name, slot });
    const { scratch } = this.#owner;
    const observer = this.#observer;
    const record = observer && recordOf(observer);
    const questions = new Answering("retry", { scratch, recorded: new RecordedAnswers(effects), record });
    if (!observer) return yield* this.#answered(bare.call, args, questions);
    return yield* attend(this.#recorded(bare, slot), observer, args, questions);
  }

  /**
   * Replays a recorded call.
   *
   * @param log continues the log of a call that a crash interrupted
   * @returns the digest of the new answer
   */
  *replay(recorded: RecordedCall, log?: CallLog): Steps<number> {
    const { binding, call } = this.#find(recorded);
    const { scratch } = this.#owner;
    const answers = { scratch, recorded: new RecordedAnswers(recorded.answers) };
    const questions = log
      ? new Answering("resume", { ...answers, record: recordOf({ log }) })
      : new Answering("replay", answers);
    const args = decodeShape(shapeOf(binding), recorded.args, `the recorded arguments of ${recorded.name}`);
    try {
      return this.#digest.of(yield* this.#answered(call, args as unknown[], questions));
    } catch (error) {
      if (error instanceof PluginError && error.code === "guest-error") {
        return this.#digest.ofErr(error.payload);
      }
      throw error;
    }
  }

  /** Made only where calls are recorded, since thousands of plugins may be alive. */
  get #digest(): Digest {
    this.#made ??= new Digest(this.#owner.scratch);
    return this.#made;
  }

  *#answered(call: Call, args: readonly unknown[], questions: HostCalls): Steps<unknown> {
    const { listen } = this.#owner;
    listen(questions);
    try {
      return yield* wait(call(...(args as never[])));
    } finally {
      listen(undefined);
    }
  }

  #recorded({ binding, call }: Bare, slot: number): Recorded {
    const { listen, asks, answersLater, scratch } = this.#owner;
    const shape = shapeOf(binding);
    const digest = this.#digest;
    const { name } = binding;
    return {
      name,
      slot,
      shape,
      call,
      answersLater,
      listen: asks ? listen : undefined,
      scratch,
      digest,
    };
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

/** Not state: every entry follows from its key. */
const SHAPES = new WeakMap<Binding["type"], ArgumentsShape>();

function shapeOf({ type }: Binding): ArgumentsShape {
  const shape = SHAPES.get(type) ?? argumentsShape(type);
  SHAPES.set(type, shape);
  return shape;
}
