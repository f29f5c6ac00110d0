/** Recorded calls: what a call does besides answering while it is observed. */
import type { ArgumentBytes } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/bindings.ts";
import { PluginError } from "../errors.ts";
import { recording } from "../grant/host-calls.ts";
import { digest } from "./digest.ts";
import type { Call } from "./generation.ts";
import type { CallLog, CallObserver, HostCalls, RecordedCall } from "./observer.ts";

export interface Recorded extends Binding {
  readonly slot: number;
  readonly call: Call;
  /** Sets what answers the guest's questions. */
  readonly listen: (hostCalls: HostCalls | undefined) => void;
  readonly bytes: ArgumentBytes;
}

/** The same function, with every call of it told to the observer. */
export function recorded(what: Recorded, observer: CallObserver): Call {
  return (...args) => run(attend(what, observer, args));
}

/** One call of it. @param around what answers the guest's questions before they are recorded */
export function* attend(
  { name, type, slot, call, listen, bytes }: Recorded,
  observer: CallObserver,
  args: never[],
  around: (recording: HostCalls) => HostCalls = (recording) => recording,
): Steps<unknown> {
  const { log, clock = () => 0 } = observer;
  const entry = begun({ name, slot, type, bytes }, args);
  // What does not fit its type is the call's own to refuse: it knows its parameters' names.
  if (!entry) return yield* wait(call(...args));
  if (log) yield* wait(log.begin(entry));
  listen(around(recording(entry, bytes, log)));
  const from = clock();
  let answer: unknown;
  let refused: PluginError | undefined;
  try {
    answer = yield* wait(call(...args));
  } catch (error) {
    const lost = log?.lost();
    if (lost) throw undone(observer, entry, lost);
    if (error instanceof AbiError && error.fault === "argument") {
      log?.drop(entry);
      throw error;
    }
    if (!(error instanceof PluginError && error.code === "guest-error")) {
      listen(undefined);
      if (log) yield* wait(log.trapped(entry));
      return yield* wait(observer.trapped(error, { name, slot, args, entry }));
    }
    refused = error;
  } finally {
    listen(undefined);
  }
  const milliseconds = clock() - from;
  entry.digest = digest(refused ? refused.payload : answer);
  if (log) yield* ended(observer, log, entry);
  observer.add(entry);
  const judged = refused ? { name, error: refused } : { name, answer };
  yield* wait(observer.answered({ ...judged, milliseconds }));
  if (refused) throw refused;
  return answer;
}

/** @returns nothing when the arguments are not of their types */
function begun(
  { name, slot, type, bytes }: Pick<Recorded, "name" | "slot" | "type" | "bytes">,
  args: readonly unknown[],
): RecordedCall | undefined {
  try {
    return { name, slot, args: bytes.lower(type, args), answers: [] };
  } catch (error) {
    if (error instanceof AbiError) return undefined;
    throw error;
  }
}

/** Nobody hears an answer that is not kept. */
function* ended(observer: CallObserver, log: CallLog, entry: RecordedCall): Steps<void> {
  try {
    yield* wait(log.end(entry));
  } catch (error) {
    throw undone(observer, entry, log.lost() ?? error);
  }
}

function undone({ log, unlogged }: CallObserver, entry: RecordedCall, error: unknown): unknown {
  log?.drop(entry);
  unlogged(error as PluginError);
  return error;
}
