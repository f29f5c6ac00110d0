/** Duties: the work that every call of the serving generation causes besides its answer. */
import { camelCase } from "../../abi/type.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Keep } from "../durable/keep.ts";
import type { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { CallObserver } from "../generation/observer.ts";
import type { Journal } from "../journal/journal.ts";

/** A plugin whose calls are kept for a restart or a store. */
interface Kept {
  readonly current: Generation;
  readonly closed: boolean;
  readonly restarting: { undo(error: PluginError): void } | undefined;
  tellError(error: unknown): void;
}

/** Told that a call was answered. */
export type Mirrored = () => void;

/** The duties where calls are kept, and where they are not. */
export function dutiesOf(plugin: Kept, journal: Journal, keep: Keep | undefined): CallObserver {
  return {
    journal,
    log: keep?.log,
    answered: () => (keep?.due && !plugin.closed ? run(checkpoint(plugin, keep)) : undefined),
    trapped: (error, call) => {
      throw keep ? plugin.current.failed(error, camelCase(call.name)) : error;
    },
    unlogged: (error) => plugin.restarting?.undo(error),
  };
}

/** Takes a new checkpoint of the serving generation. A failure is only reported: nothing is lost by it. */
function* checkpoint(plugin: Kept, keep: Keep): Steps<void> {
  try {
    yield* wait(keep.checkpoint(plugin.current));
  } catch (error) {
    plugin.tellError(error);
  }
}

/** Adds a mirror, which observes calls and answers none. */
export function both(duties: CallObserver, answered: Mirrored): CallObserver {
  return {
    ...duties,
    everyCall: true,
    answered(call) {
      answered();
      return duties.answered(call);
    },
  };
}
