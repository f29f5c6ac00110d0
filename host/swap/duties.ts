/** Duties: what has to be done with every call of the generation that serves, besides answering it. */
import { camelCase } from "../../abi/type.ts";
import { run, type Steps, wait } from "../awaitable.ts";
import type { Keep } from "../durable/keep.ts";
import type { PluginError } from "../errors.ts";
import type { Generation } from "../generation/generation.ts";
import type { CallObserver } from "../generation/observer.ts";
import type { Journal } from "../journal/journal.ts";

/** A plugin whose calls are kept. */
interface Kept {
  readonly current: Generation;
  readonly closed: boolean;
  readonly restarting: { undo(error: PluginError): void } | undefined;
  tellError(error: unknown): void;
}

/** Told that a call was answered. */
export type Mirrored = () => void;

/** What has to be done with every call where it is kept, and where it is not. */
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

/** Begins what is kept anew from what serves. What fails is told: nothing is lost by it. */
function* checkpoint(plugin: Kept, keep: Keep): Steps<void> {
  try {
    yield* wait(keep.checkpoint(plugin.current));
  } catch (error) {
    plugin.tellError(error);
  }
}

/** Tells a mirror of calls too, which sees them and answers none. */
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
