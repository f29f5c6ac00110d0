/** The functions of a generation without an observer. */
import { type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import type { Call } from "./generation.ts";
import type { HostCalls } from "./question.ts";

export interface Bare {
  readonly binding: Binding;
  readonly call: Call;
}

/** The generation that the functions belong to, as far as their calls need it. */
export interface Caller {
  /** Sets what answers the guest's questions. */
  readonly listen: (hostCalls: HostCalls | undefined) => void;
  /** Whether the guest may ask its host anything. */
  readonly asks: boolean;
  /** Whether calls answer promises. */
  readonly answersLater: boolean;
}

/** One call, with host calls of its own for its questions. */
export function* answered(
  { listen }: Caller,
  call: Call,
  args: readonly unknown[],
  questions: HostCalls,
): Steps<unknown> {
  listen(questions);
  try {
    return yield* wait(call(...(args as never[])));
  } finally {
    listen(undefined);
  }
}
