/** The functions of a generation: bare, or with every call of them in a journal. */

import { run, type Steps, wait } from "../awaitable.ts";
import type { Binding } from "../contract/view.ts";
import type { Keep } from "../durable/keep.ts";
import { PluginError } from "../errors.ts";
import { replaying, resuming, retrying, type Tape } from "../grant/host-calls.ts";
import { digest } from "../journal/digest.ts";
import type { Entry, Journal } from "../journal/journal.ts";
import { attend, recorded, type Scribe, type TrappedCall } from "../journal/recorded.ts";

export type Call = (...args: never[]) => unknown;

/** The generation whose functions they are. */
export interface Owner {
  readonly bind: (binding: Binding) => Call;
  /** Sets what the guest's questions go to. */
  readonly listen: (tape: Tape | undefined) => void;
}

export class Functions {
  readonly #bare: { readonly binding: Binding; readonly call: Call }[] = [];
  readonly #owner: Owner;
  #scribe: Scribe | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** Adds the functions of one more view. @returns all, by their numbers */
  add(bindings: readonly Binding[]): Call[] {
    for (const binding of bindings) this.#bare.push({ binding, call: this.#owner.bind(binding) });
    return this.keep(this.#scribe);
  }

  /** Takes back the functions from this number on. */
  cut(first: number): Call[] {
    this.#bare.length = first;
    return this.keep(this.#scribe);
  }

  /** From now on every call is in the scribe's journal; with `undefined`, in none. */
  keep(scribe: Scribe | undefined): Call[] {
    this.#scribe = scribe;
    const { listen } = this.#owner;
    return this.#bare.map(({ binding, call }, slot) =>
      scribe ? recorded({ ...binding, slot, call, listen }, scribe) : call,
    );
  }

  /** Their names and types, by their numbers. */
  get bindings(): readonly Binding[] {
    return this.#bare.map(({ binding }) => binding);
  }

  /** All, by their numbers: each call's questions go to a tape of its own. */
  heard(tape: () => Tape): Call[] {
    const { listen } = this.#owner;
    return this.#bare.map(
      ({ call }) =>
        (...args) =>
          run(hear(call, args, tape(), listen)),
    );
  }

  /** Makes a call that trapped in another generation: effects that it had done there are not done again. */
  *resume({ name, slot, args, entry }: TrappedCall, journal: Journal): Steps<unknown> {
    const found = this.#bare[slot];
    if (!found) throw new Error(`there is no function ${name}`);
    const { binding, call } = found;
    const { listen } = this.#owner;
    const retry = (tape?: Tape) => retrying(entry, journal, tape);
    if (this.#scribe) {
      return yield* attend({ ...binding, slot, call, listen }, this.#scribe, args as never[], retry);
    }
    listen(retry());
    try {
      return yield* wait(call(...(args as never[])));
    } finally {
      listen(undefined);
    }
  }

  /**
   * Runs a call of a journal again.
   *
   * @param keep for a call that a crash interrupted: it goes on from there
   * @returns the digest of what it answers now
   */
  *replay(entry: Entry, journal: Journal, keep?: Keep): Steps<number> {
    const found = this.#bare[entry.slot];
    if (!found) throw new Error(`there is no function ${entry.name}`);
    this.#owner.listen(keep ? resuming(entry, journal, keep) : replaying(entry, journal));
    try {
      return digest(yield* wait(found.call(...(journal.args(found.binding.type, entry) as never[]))));
    } catch (error) {
      if (error instanceof PluginError && error.code === "guest-error") return digest(error.payload);
      throw error;
    } finally {
      this.#owner.listen(undefined);
    }
  }
}

function* hear(call: Call, args: never[], tape: Tape, listen: Owner["listen"]): Steps<unknown> {
  listen(tape);
  try {
    return yield* wait(call(...args));
  } finally {
    listen(undefined);
  }
}
