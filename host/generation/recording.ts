/** What recording a call takes, however its function answers. */
import type { ArgumentsShape, Scratch } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import { PluginError } from "../errors.ts";
import type { AnswerRecord } from "../grant/host-calls.ts";
import type { Digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import type { CallObserver } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** A function whose calls are recorded. */
export interface Recorded {
  /** The export's WIT name. */
  readonly name: string;
  /** Its number among all that the plugin's views call. */
  readonly slot: number;
  readonly shape: ArgumentsShape;
  readonly call: Call;
  /** The call answers a promise. */
  readonly answersLater: boolean;
  /** Sets what answers the guest's questions; none for a guest that has none to ask. */
  readonly listen: ((hostCalls: HostCalls | undefined) => void) | undefined;
  readonly scratch: Scratch;
  readonly digest: Digest;
}

/** Records what the host answers where calls are recorded. */
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

/** The guest is given what is recorded: an object may be another one when it is looked at a second time. */
export function givenOf(
  shape: ArgumentsShape,
  args: readonly unknown[],
  scratch: Scratch,
): readonly unknown[] {
  return shape.plain ? args : (scratch.decode(shape) as unknown[]);
}

/** The plugin's own err, which is an answer. */
export function isErr(error: unknown): error is PluginError {
  return error instanceof PluginError && error.code === "guest-error";
}

/** Arguments that are not of their types: the guest was not called. */
export function isMisfit(error: unknown): boolean {
  return error instanceof AbiError && error.fault === "argument";
}
