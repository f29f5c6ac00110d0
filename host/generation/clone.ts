/**
 * Copies of a generation: instances of the same module that take over its memory, to be saved from, examined,
 * or put back.
 */

import { PluginError, reason } from "../errors.ts";
import type { Instance } from "../guest/adapter.ts";
import { guarded } from "../guest/guard.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { Image, State } from "./generation.ts";

/** A sibling: an instance that can become another one. */
export interface Copy {
  readonly instance: Instance;
  discard(): void;
}

/** The generation that is copied, as its copies need it. */
export interface Original {
  readonly module: PluginModule;
  readonly instance: Instance;
  /** Of its memory. */
  readonly maxPages: number | undefined;
  /** What is true after a trap, for messages. */
  readonly afterTrap: string;
  /** Makes a fresh instance of the same module, which gets no calls. */
  readonly sibling: () => Copy;
  /** Marks the generation as trapped. */
  readonly poison: (trap: PluginError) => void;
}

export class Copies {
  readonly #of: Original;
  /** Kept between the saves of a swap. */
  #copy: Copy | undefined;

  constructor(of: Original) {
    this.#of = of;
  }

  /** Takes an undo image. A generation that cannot be copied is marked trapped when the image is restored. */
  image(): Image {
    const { module, instance, sibling, poison } = this.#of;
    if (!instance.recoverable) return endingImage(module, poison);
    const kept = sibling();
    kept.instance.become(instance);
    return { undo: () => instance.become(kept.instance), drop: () => kept.discard() };
  }

  /** Saves its state on a copy, so that a failure does no harm. @throws PluginError `failed-save` */
  save(spent?: State): State {
    const { module, instance, maxPages } = this.#of;
    if (!instance.recoverable) return this.#saveInPlace();
    this.#copy ??= this.#of.sibling();
    const copy = this.#copy.instance;
    try {
      const memory = () => ({ pages: copy.pages(), maxPages });
      return guarded(module, { code: "failed-save", what: "its save failed (on a copy)", memory }, () => {
        copy.become(instance);
        return { datum: copy.save(spent?.datum) };
      });
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Saves in the generation itself, where its author's own code does not. @throws PluginError `failed-save` */
  saveInPlace(): State {
    return this.#of.module.manifest.state?.opaque ? this.save() : this.#saveInPlace();
  }

  /** A trap during the save ends the generation. */
  #saveInPlace(): State {
    const { module, instance, maxPages, afterTrap, poison } = this.#of;
    const memory = () => ({ pages: instance.pages(), maxPages });
    try {
      return guarded(module, { code: "failed-save", what: "its save failed", memory }, () => ({
        datum: instance.save(),
      }));
    } catch (error) {
      poison(savingTrap(module, error, afterTrap));
      throw error;
    }
  }

  /** Lets go of the copy that `save` uses. */
  forget(): void {
    this.#copy?.discard();
    this.#copy = undefined;
  }
}

/** The image of a generation that cannot be copied: it is marked trapped when the image is restored. */
export function endingImage({ manifest }: PluginModule, poison: (trap: PluginError) => void): Image {
  const lost = `version ${manifest.version} cannot be copied, and some of a replay is in its state`;
  return { undo: () => poison(new PluginError("trapped", lost)), drop: () => {} };
}

/** The trap of a generation that was saved in place, since it cannot be copied. */
export function savingTrap(module: PluginModule, error: unknown, afterTrap: string): PluginError {
  const why = reason(error instanceof Error ? error.cause : error);
  const trap = `could not save ${title(module)}: its save failed: ${why}; ${afterTrap}`;
  return new PluginError("trapped", trap, { cause: error });
}
