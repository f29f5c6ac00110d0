/**
 * Copies of a generation in a thread: in threads of their own, which take over an image of its memory, to be saved
 * from or examined. So whatever a hook does there neither harms the generation nor keeps it.
 */
import type { ErrorCode, PluginError } from "../errors.ts";
import { endingImage, savingTrap } from "../generation/clone.ts";
import type { Image, State } from "../generation/generation.ts";
import { guarded } from "../guest/guard.ts";
import type { PluginModule } from "../module/module.ts";
import { type Bulk, bytesOf } from "./bulk.ts";
import type { Order, TakenImage } from "./orders.ts";
import type { ThreadedInstance } from "./threaded-instance.ts";

/** A generation of the same module that gets no calls of callers. */
export interface Sibling {
  readonly instance: ThreadedInstance;
  discard(): void;
}

/** The generation that is copied, as its copies need it. */
export interface Original<S extends Sibling> {
  readonly module: PluginModule;
  readonly instance: ThreadedInstance;
  /** What is true after a trap, for messages. */
  readonly afterTrap: string;
  /** Makes a fresh one in another thread. */
  readonly sibling: () => Promise<S>;
  /** Marks the generation as trapped. */
  readonly poison: (trap: PluginError) => void;
}

/** Runs a hook of the guest. @throws PluginError with this code; `grant-failed` */
export async function hooked<T>(
  module: PluginModule,
  instance: ThreadedInstance,
  { order, code, what }: { readonly order: Order; readonly code: ErrorCode; readonly what: string },
): Promise<T> {
  try {
    return await instance.order<T>(order);
  } catch (error) {
    return guarded(module, { code, what }, () => {
      throw error;
    });
  }
}

export class ThreadedCopies<S extends Sibling> {
  readonly #of: Original<S>;
  /** Kept between the saves of a swap. */
  #copy: S | undefined;
  /** The saves that are under way; each waits for the one before. */
  #saves: Promise<unknown> = Promise.resolve();
  #saving = 0;

  constructor(of: Original<S>) {
    this.#of = of;
  }

  /** Takes an undo image. A generation that cannot be copied is marked trapped when the image is restored. */
  async image(): Promise<Image> {
    const { module, instance, poison } = this.#of;
    if (!instance.recoverable) return endingImage(module, poison);
    const image = await this.#image("an image of it could not be taken");
    const undo = async () => {
      // A replay that takes too long ends its thread.
      if (instance.lost) await instance.make();
      await instance.order({ become: image });
    };
    return { undo, drop: () => instance.forget(image) };
  }

  /** Makes a copy of the generation as it is. @throws PluginError `failed-save` */
  async clone(sibling: () => Promise<S>): Promise<S> {
    const what = "a copy of it could not be made";
    const become = await this.#image(what);
    let copy: S | undefined;
    try {
      copy = await sibling();
      await hooked(this.#of.module, copy.instance, { order: { become }, code: "failed-save", what });
      return copy;
    } catch (error) {
      copy?.discard();
      throw error;
    } finally {
      this.#of.instance.forget(become);
    }
  }

  /** Saves its state, on a copy where that can be. @throws PluginError `failed-save` */
  save(): Promise<State> {
    return this.#save(this.#of.instance.recoverable);
  }

  /** Saves in the generation itself, where its author's own code does not. @throws PluginError `failed-save` */
  saveInPlace(): Promise<State> {
    const { instance, module } = this.#of;
    return this.#save(instance.recoverable && module.manifest.state?.opaque === true);
  }

  async #save(onCopy: boolean): Promise<State> {
    const saved = this.#saves.then(() => (onCopy ? this.#saveOnCopy() : this.#saveInPlace()));
    this.#saves = saved.catch(() => {});
    this.#saving++;
    try {
      return await saved;
    } finally {
      this.#saving--;
    }
  }

  async #saveOnCopy(): Promise<State> {
    const { module, sibling } = this.#of;
    const what = "its save failed (on a copy)";
    const code = "failed-save";
    try {
      const become = await this.#image(what);
      const { instance: copy } = await this.#become(become, sibling, what);
      return { datum: bytesOf(await hooked<Bulk>(module, copy, { order: { save: what }, code, what })) };
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  async #become(become: TakenImage, sibling: () => Promise<S>, what: string): Promise<S> {
    try {
      this.#copy ??= await sibling();
      const { instance: copy } = this.#copy;
      await hooked(this.#of.module, copy, { order: { become }, code: "failed-save", what });
      return this.#copy;
    } finally {
      this.#of.instance.forget(become);
    }
  }

  /** A trap during the save ends the generation. */
  async #saveInPlace(): Promise<State> {
    const { module, instance, afterTrap, poison } = this.#of;
    const what = "its save failed";
    try {
      const code = "failed-save";
      return { datum: bytesOf(await hooked<Bulk>(module, instance, { order: { save: what }, code, what })) };
    } catch (error) {
      poison(savingTrap(module, error, afterTrap));
      throw error;
    }
  }

  /** Lets go of the copy that `save` uses, as soon as no save uses it. */
  forget(): void {
    if (this.#saving === 0) this.#drop();
    else void this.#saves.then(() => this.forget());
  }

  #drop(): void {
    this.#copy?.discard();
    this.#copy = undefined;
  }

  #image(what: string): Promise<TakenImage> {
    const { module, instance } = this.#of;
    return hooked(module, instance, { order: { do: "image" }, code: "failed-save", what });
  }
}
