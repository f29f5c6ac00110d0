/** Recording calls of generations, and replaying them: the part that is loaded when calls are first kept. */
import {
  type ArgumentsShape,
  argumentsShape,
  decodeShape,
  Scratch,
} from "../../abi/canonical/value-bytes.ts";
import type { Steps } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import { Answering, RecordedAnswers } from "../grant/recorded-answers.ts";
import { answered, type Bare, type Caller } from "./bare.ts";
import { Digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import { attend, recorded } from "./observed-call.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import { type RecordedFunction, recordOf } from "./recorded-function.ts";

/** Shared by all generations of one plugin. */
export class CallRecorder {
  /** Where values are written as bytes. */
  readonly #scratch = new Scratch();
  readonly #digest = new Digest(this.#scratch);

  /** All functions, by their numbers, with every call reported to the observer. */
  observed(functions: readonly Bare[], caller: Caller, observer: CallObserver): Call[] {
    const questions = new Answering("record", { scratch: this.#scratch, record: recordOf(observer) });
    return functions.map((bare, slot) => recorded(this.#recorded(bare, slot, caller), observer, questions));
  }

  /** Makes a call that trapped in another generation. Effects that it had there are not performed again. */
  *resume(
    bare: Bare,
    { slot, args, effects = [] }: TrappedCall,
    caller: Caller,
    observer: CallObserver | undefined,
  ): Steps<unknown> {
    const scratch = this.#scratch;
    const record = observer && recordOf(observer);
    const questions = new Answering("retry", { scratch, recorded: new RecordedAnswers(effects), record });
    if (!observer) return yield* answered(caller, bare.call, args, questions);
    return yield* attend(this.#recorded(bare, slot, caller), observer, args, questions);
  }

  /**
   * Replays a recorded call.
   *
   * @param log continues the log of a call that a crash interrupted
   * @returns the digest of the new answer
   */
  *replay({ binding, call }: Bare, recorded: RecordedCall, caller: Caller, log?: CallLog): Steps<number> {
    const answers = { scratch: this.#scratch, recorded: new RecordedAnswers(recorded.answers) };
    const questions = log
      ? new Answering("resume", { ...answers, record: recordOf({ log }) })
      : new Answering("replay", answers);
    const args = decodeShape(shapeOf(binding), recorded.args, `the recorded arguments of ${recorded.name}`);
    try {
      return this.#digest.of(yield* answered(caller, call, args as unknown[], questions));
    } catch (error) {
      if (error instanceof PluginError && error.code === "guest-error") {
        return this.#digest.ofErr(error.payload);
      }
      throw error;
    }
  }

  #recorded({ binding, call }: Bare, slot: number, { listen, asks, answersLater }: Caller): RecordedFunction {
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
      scratch: this.#scratch,
      digest,
    };
  }
}

/** Not state: every entry follows from its key. */
const SHAPES = new WeakMap<Binding["type"], ArgumentsShape>();

function shapeOf({ type }: Binding): ArgumentsShape {
  const shape = SHAPES.get(type) ?? argumentsShape(type);
  SHAPES.set(type, shape);
  return shape;
}
