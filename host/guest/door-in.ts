/** The door into one instance: whatever is called of it is made here, and asks the door out before and after. */
import { type CoreFunction, crossing, type OnErr } from "../../abi/canonical/exported.ts";
import type { Guest } from "../../abi/canonical/memory.ts";
import type { FunctionType } from "../../abi/type.ts";
import type { DoorOut } from "../grant/door-out.ts";
import { suspending } from "../grant/suspension.ts";

type Realloc = Guest["realloc"];

export interface Entry {
  readonly type: FunctionType;
  readonly core: CoreFunction;
  /** Its `cabi_post_*`. */
  readonly post: CoreFunction | undefined;
  readonly onErr: OnErr;
}

export class DoorIn {
  readonly #out: DoorOut;

  constructor(out: DoorOut) {
    this.#out = out;
  }

  /** A function of the guest's, in JavaScript's values. @param later a grant may suspend it, so it answers a promise */
  entry(guest: Guest, { type, core, post, onErr }: Entry, later: boolean): (...args: never[]) => unknown {
    const { exported, exportedAsync } = crossing(type);
    if (!later) return exported(core, post, guest, onErr);
    return exportedAsync(suspending()!.promise(core), post, guest, onErr);
  }

  /** Calls something of the guest's, once. After a throw nothing of the instance is called. */
  call(core: () => unknown): unknown {
    const out = this.#out;
    if (out.shut) throw out.fault;
    let answer: unknown;
    try {
      answer = core();
    } catch (error) {
      out.shutFor(error);
    }
    if (out.shut) throw out.fault;
    return answer;
  }

  /** `cabi_realloc`: called between entries, and inside one while what an import answers is lowered. */
  realloc(core: Realloc): Realloc {
    const out = this.#out;
    return (old, oldSize, align, size) => {
      if (out.shut) throw out.fault;
      const pointer = core(old, oldSize, align, size);
      if (out.shut) throw out.fault;
      return pointer;
    };
  }

  /** The instance became another one, to which nothing had happened. */
  reset({ memory }: Guest): void {
    memory.inside = undefined;
    this.#out.open();
  }
}
