/** The journal: calls, answers and recorded host answers since a state, in the order in which they ran. */

import { type Passing, passing } from "../../abi/canonical/mod.ts";
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import type { FunctionType } from "../../abi/type.ts";

/** What the host answered to a call out of the guest. */
export interface HostAnswer {
  /** `acme:metrics/counter@1.0.0#increment` and the arguments as lowered bytes. */
  readonly question: string;
  readonly kind: "read" | "effect";
  /** As the implementation gave it; copied, because it may change its objects later. */
  readonly answer: unknown;
  /** What it threw, where its type is a result. */
  readonly error?: unknown;
}

export interface Entry {
  /** The export's WIT name. */
  readonly name: string;
  /** The number of the function among all that the plugin's views call. */
  slot: number;
  /** The arguments as lowered bytes: callers change their arrays later. */
  readonly args: Uint8Array<ArrayBuffer>;
  readonly answers: HostAnswer[];
  /** Of what it answered, or of the payload of its `err`. Absent while it runs. */
  digest?: number;
  /** In a log that outlives the process: the call's number, and how many host answers are written. */
  number?: number;
  logged?: number;
}

export interface JournalBounds {
  /** @default 100_000 */
  readonly calls?: number;
  /** Of arguments and host answers, as lowered bytes. @default 67_108_864 */
  readonly bytes?: number;
}

const NONE = new Uint8Array(0);

export class Journal {
  readonly entries: Entry[] = [];
  bytes = 0;
  readonly #bounds: Required<JournalBounds>;
  readonly #scratch = new Scratch();
  readonly #tuples = new WeakMap<FunctionType, Passing>();

  constructor({ calls = 100_000, bytes = 2 ** 26 }: JournalBounds = {}) {
    this.#bounds = { calls, bytes };
  }

  /** Whether it holds as much as it may. */
  get full(): boolean {
    return this.entries.length >= this.#bounds.calls || this.bytes >= this.#bounds.bytes;
  }

  /**
   * Begins an entry. It is in the journal when it is added, and not before: a call that traps never is.
   *
   * @returns `undefined` when the arguments are not of their types
   */
  begin(of: Pick<Entry, "name" | "slot">, type: FunctionType, args: readonly unknown[]): Entry | undefined {
    try {
      return { ...of, args: this.lowered(type, args), answers: [] };
    } catch (error) {
      if (error instanceof AbiError) return undefined;
      throw error;
    }
  }

  /** Adds an entry that has ended. */
  add(entry: Entry): void {
    this.entries.push(entry);
    this.bytes += entry.args.length + 64 * entry.answers.length;
  }

  /** The arguments of an entry again. */
  args(type: FunctionType, entry: Entry): readonly unknown[] {
    if (type.params.length === 0) return [];
    return this.#scratch.value(this.#tuple(type), entry.args) as unknown[];
  }

  /** Arguments as lowered bytes. */
  lowered(type: FunctionType, args: readonly unknown[]): Uint8Array<ArrayBuffer> {
    if (type.params.length === 0) return NONE;
    return this.#scratch.bytes(this.#tuple(type), args);
  }

  #tuple(type: FunctionType): Passing {
    const known = this.#tuples.get(type);
    if (known) return known;
    const made = passing({ tuple: type.params.map((param) => param.type) }, "arguments");
    this.#tuples.set(type, made);
    return made;
  }
}
