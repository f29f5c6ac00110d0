/** Calls: how one is made, and what becomes of it. */
import { PluginError } from "moult";
import { afterwards } from "./gap.ts";
import type { Life } from "./life.ts";
import { kindOf, type Receipt, textOf } from "./op.ts";
import { allowedOfCall } from "./rules.ts";
import type { CallStep } from "./step.ts";
import type { Call, Outcome } from "./trail.ts";

type Function = (...args: unknown[]) => unknown;

/** Makes a call. @returns its end, unless it was at once */
export function makeCall(life: Life, step: CallStep, nested: boolean): Promise<void> | undefined {
  const { trail, world, options } = life;
  const { op, size, how, granted } = step;
  const id = ++life.lastId;
  const call: Call = { id, op, size, step, nested, outcome: undefined, ran: 0 };
  trail.calls.set(id, call);
  if (granted) world.granted.set(id, granted);
  const settle = (outcome: Outcome) => {
    world.granted.delete(id);
    if (call.outcome) options.say(`call ${id}, ${op}, was answered twice`);
    call.outcome = outcome;
    const why = unaccounted(call, life);
    if (why !== undefined) options.say(why);
  };
  const done = (receipt: unknown) => settle({ kind: "answered", receipt: receipt as Receipt });
  const failed = (error: unknown) => settle(outcomeOf(error));
  const args = argumentsOf(step, id);
  if (how === "sync") {
    try {
      done(functionOf(life, step)(...args));
    } catch (error) {
      failed(error);
    }
    return undefined;
  }
  return (functionOf(life, step)(...args) as Promise<unknown>).then(done, failed);
}

function functionOf(life: Life, { op, how, timeout, abort }: CallStep): Function {
  const { plugin, wider } = life;
  if (op === "more") {
    const view = wider!;
    return (how === "sync" ? view.callSync.more : view.call.more) as Function;
  }
  if (how === "sync") return plugin.callSync[op] as Function;
  if (how === "call") return plugin.call[op] as Function;
  const giving = abort && new AbortController();
  if (giving) afterwards(abort, () => giving.abort());
  return plugin.within({ timeout, signal: giving?.signal }).call[op] as Function;
}

function argumentsOf({ op, size, unfit }: CallStep, id: number): unknown[] {
  const first = unfit ? -1 : id;
  switch (kindOf(op).takes) {
    case "size":
      return [first, size];
    case "text":
      return [first, textOf(id, size)];
    default:
      return [first];
  }
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof PluginError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "failed", code: "no PluginError", message };
  }
  const { code, message, payload } = error;
  if (code === "guest-error") return { kind: "refused", receipt: payload as Receipt };
  return { kind: "failed", code, message };
}

/** Why an outcome is a problem. */
function unaccounted({ id, op, step, nested, outcome }: Call, life: Life): string | undefined {
  if (outcome?.kind === "refused" && op === "take" && id % 2 === 1) return undefined;
  const breaks = op === "breakEarly" || op === "breakLate";
  if (outcome?.kind === "answered" && !breaks && !step.unfit && !(op === "take" && id % 2)) return undefined;
  if (outcome?.kind !== "failed") return `call ${id}, ${op}, ended as it cannot: ${JSON.stringify(outcome)}`;
  const { code, message } = outcome;
  if (!allowedOfCall(step, nested, life.facts)[code]) {
    return `call ${id}, ${op}, failed, and nothing accounts for it: ${message}`;
  }
  const promises = ["argument", "deadline", "aborted", "queue-full"].includes(code);
  if (promises && !message.includes("it was not called")) {
    return `call ${id}, ${op}: the message does not say that it was not called: ${message}`;
  }
  return undefined;
}
