/** Copies of a generation: siblings that become what it is, to be saved from, looked at, or put back. */

import { PluginError, reason } from "../errors.ts";
import type { Instance } from "../guest/adapter.ts";
import { guarded } from "../guest/guard.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { Image, State } from "./generation.ts";

/** A sibling that was made to become another one. */
export interface Copy {
  readonly instance: Instance;
  discard(): void;
}

/** What there are copies of. */
export interface Original {
  readonly module: PluginModule;
  readonly instance: Instance;
  /** What is true after a trap. */
  readonly afterTrap: string;
  /** A fresh instance of the same module, which nobody calls. */
  readonly sibling: () => Copy;
  /** It is of no use any more. */
  readonly poison: (trap: PluginError) => void;
}

export class Copies {
  readonly #of: Original;
  /** Kept from one save of a swap to the next. */
  #copy: Copy | undefined;

  constructor(of: Original) {
    this.#of = of;
  }

  /** Keeps a copy of what it is. One that cannot be copied is poisoned where it should be put back. */
  image(): Image {
    const { module, instance, sibling, poison } = this.#of;
    const lost = `version ${module.manifest.version} cannot be copied, and some of a replay is in its state`;
    if (!instance.recoverable)
      return { undo: () => poison(new PluginError("trapped", lost)), drop: () => {} };
    const kept = sibling();
    kept.instance.become(instance);
    return { undo: () => instance.become(kept.instance), drop: () => kept.discard() };
  }

  /** Its state, saved where nothing that goes wrong harms it. @throws PluginError `failed-save` */
  save(spent?: State): State {
    const { module, instance } = this.#of;
    if (!instance.recoverable) return this.#saveInPlace();
    this.#copy ??= this.#of.sibling();
    const copy = this.#copy.instance;
    try {
      return guarded(module, { code: "failed-save", what: "its save failed (on a copy)" }, () => {
        copy.become(instance);
        return { datum: copy.save(spent?.datum) };
      });
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** A guest that cannot be copied saves where it serves: a trap in there ends it. */
  #saveInPlace(): State {
    const { module, instance, afterTrap, poison } = this.#of;
    try {
      return guarded(module, { code: "failed-save", what: "its save failed" }, () => ({
        datum: instance.save(),
      }));
    } catch (error) {
      const why = reason(error instanceof Error ? error.cause : error);
      const trap = `could not save ${title(module)}: its save failed: ${why}; ${afterTrap}`;
      poison(new PluginError("trapped", trap, { cause: error }));
      throw error;
    }
  }

  /** Lets go of the copy that `save` works on. */
  forget(): void {
    this.#copy?.discard();
    this.#copy = undefined;
  }
}
