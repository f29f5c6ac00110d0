/** A function whose calls are recorded, and what recorded calls have in common. */
import type { ArgumentsShape, Scratch } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import { PluginError } from "../errors.ts";
import type { AnswerRecord } from "../grant/recorded-answers.ts";
import type { Digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import type { CallObserver } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** A function whose calls are recorded. */
export interface RecordedFunction {
  /** The export's WIT name. */
  readonly name: string;
  /** The number of the function among all functions of the plugin's views. */
  readonly slot: number;
  readonly shape: ArgumentsShape;
  readonly call: Call;
  /** Whether the call answers a promise. */
  readonly answersLater: boolean;
  /** Sets what answers the guest's questions; missing for a guest that asks none. */
  readonly listen: ((hostCalls: HostCalls | undefined) => void) | undefined;
  readonly scratch: Scratch;
  readonly digest: Digest;
}

/** Records the host's answers where calls are recorded. */
export function recordOf({ journal, log }: Partial<Pick<CallObserver, "journal" | "log">>): AnswerRecord {
  return {
    add(answered, scratch) {
      journal?.answer(answered, scratch);
      const { question, key, as } = answered;
      const { kind } = question;
      if (!log || kind === "post") return undefined;
      return log.answered({ key: key.value, kind, as, bytes: scratch.copy() });
    },
  };
}

/** The guest gets the recorded value, because reading an object a second time may give another value. */
export function givenOf(
  shape: ArgumentsShape,
  args: readonly unknown[],
  scratch: Scratch,
): readonly unknown[] {
  return shape.plain ? args : (scratch.decode(shape) as unknown[]);
}

/** Whether an error is the plugin's own err, which is an answer. */
export function isErr(error: unknown): error is PluginError {
  return error instanceof PluginError && error.code === "guest-error";
}

/** Whether the arguments were of the wrong types: the guest was not called. */
export function isMisfit(error: unknown): boolean {
  return error instanceof AbiError && error.fault === "argument";
}
