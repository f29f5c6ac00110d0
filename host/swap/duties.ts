/** Duties: what has to be done with every call of the generation that serves, besides answering it. */
import { camelCase } from "../../abi/type.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Keep } from "../durable/keep.ts";
import type { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { CallObserver } from "../generation/observer.ts";

export type Duties = Omit<CallObserver, "add" | "clock">;

/** A plugin whose calls are kept. */
interface Kept {
  readonly current: Generation;
  readonly closed: boolean;
  readonly restarting: { undo(error: PluginError): void } | undefined;
  tellError(error: unknown): void;
}

/** What has to be done with every call where it is kept, and where it is not. */
export function dutiesOf(plugin: Kept, keep: Keep | undefined): Duties {
  return {
    log: keep,
    answered: () => (keep?.due && !plugin.closed ? run(checkpoint(plugin, keep)) : undefined),
    trapped: (error, call) => {
      throw keep ? plugin.current.failed(error, camelCase(call.name)) : error;
    },
    unlogged: (error) => plugin.restarting?.undo(error),
  };
}

/** Begins what is kept anew from what serves. What fails is told: nothing is lost by it. */
function* checkpoint(plugin: Kept, keep: Keep): Steps<void> {
  try {
    yield* wait(keep.checkpoint(plugin.current));
  } catch (error) {
    plugin.tellError(error);
  }
}

/** Tells a mirror of calls too, which sees them and answers none. */
export function both(duties: Duties, { add, answered }: CallObserver): CallObserver {
  return {
    ...duties,
    add,
    answered(call) {
      answered(call);
      return duties.answered(call);
    },
  };
}
