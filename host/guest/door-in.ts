/**
 * The door into one instance: every call into the guest is made here, and checks the door out before and
 * after.
 */
import { type CoreFunction, crossing, type OnErr } from "../../abi/canonical/exported.ts";
import type { Guest } from "../../abi/canonical/memory.ts";
import type { FunctionType } from "../../abi/type.ts";
import type { DoorOut } from "../grant/door-out.ts";
import { suspending } from "../grant/jspi.ts";
import type { Tank } from "../limits.ts";

type Realloc = Guest["realloc"];

export interface Entry {
  readonly type: FunctionType;
  readonly core: CoreFunction;
  /** Its `cabi_post_*`. */
  readonly post: CoreFunction | undefined;
  readonly onErr: OnErr;
}

export class DoorIn {
  /** Set where the guest is metered: every entry is then paid for. */
  tank: Tank | undefined;
  readonly #out: DoorOut;

  constructor(out: DoorOut) {
    this.#out = out;
  }

  /**
   * Makes a typed function of a core function.
   * @param later whether a grant may suspend it, so that it answers a promise
   */
  entry(guest: Guest, { type, core, post, onErr }: Entry, later: boolean): (...args: never[]) => unknown {
    const { exported, exportedAsync } = crossing(type);
    const call = later
      ? exportedAsync(suspending()!.promise(core), post, guest, onErr)
      : exported(core, post, guest, onErr);
    return this.tank?.metered(call, "call", later) ?? call;
  }

  /** Calls a hook of the guest. After an error nothing of the instance is called. */
  hook(core: () => unknown): unknown {
    if (!this.#out.shut) this.tank?.fill("hook");
    return this.call(core);
  }

  /** Calls a function of the guest, as a part of what was begun. After an error nothing of the instance is called. */
  call(core: () => unknown): unknown {
    const out = this.#out;
    if (out.shut) throw out.fault;
    let answer: unknown;
    try {
      answer = core();
    } catch (error) {
      out.shutFor(this.#blamed(error));
    }
    if (out.shut) throw out.fault;
    return answer;
  }

  /** `cabi_realloc`: called between entries, and during one while an import's answer is lowered. */
  realloc(core: Realloc): Realloc {
    const out = this.#out;
    return (old, oldSize, align, size) => {
      if (out.shut) throw out.fault;
      let pointer: number;
      try {
        pointer = core(old, oldSize, align, size);
      } catch (error) {
        throw this.#blamed(error);
      }
      if (out.shut) throw out.fault;
      return pointer;
    };
  }

  #blamed(error: unknown): unknown {
    return this.tank ? this.tank.blame(error) : error;
  }

  /** The instance took over another one's memory, to which nothing had happened. */
  reset({ memory }: Guest): void {
    memory.inside = undefined;
    this.#out.open();
  }
}
