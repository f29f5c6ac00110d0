/** Events of one that works on by itself: whoever listens is told, and a fault that nobody listens for is on the console. */
import { Events, report } from "../events.ts";
import { misfit } from "../option.ts";

export class Notices<M extends { readonly fault: unknown }> {
  readonly #of: string;
  readonly #types: readonly string[];
  readonly #events = new Events<M>();

  /** @param of whom they are, for messages: `a node` @param types of all its events */
  constructor(of: string, types: readonly (keyof M & string)[]) {
    this.#of = of;
    this.#types = types;
  }

  /** @returns a function that removes the listener @throws PluginError `argument` */
  readonly on = <K extends keyof M & string>(type: K, listener: (event: M[K]) => void): (() => void) => {
    if (!this.#types.includes(type)) throw misfit(type, `an event of ${this.#of}`, this.#types.join(", "));
    return this.#events.on(type, listener);
  };

  /** @returns whether anybody was told */
  emit<K extends keyof M & string>(type: K, event: M[K]): boolean {
    return this.#events.emit(type, event);
  }

  /** What could not be done now. */
  readonly fault = (error: unknown): void => {
    if (!this.#events.emit("fault", error as M["fault"])) report(error);
  };
}
