/** Nesting: the granted functions that a plugin is waiting for now. */
import { asyncContext } from "#async-context";
import type { AsyncContext } from "./async-context.ts";

/** One call of a granted function that answers a promise. */
interface Pending {
  /** `acme:db/rows@1.0.0#find` */
  readonly grant: string;
  over: boolean;
}

export class Nesting {
  /** The number of granted functions on the stack. */
  depth = 0;
  /** Whether the runtime knows which grant's code is running; `undefined` where grants answer at once. */
  tells: boolean | undefined;
  /** The grants that suspend a call, in the order in which they began. */
  readonly #pending: Pending[] = [];
  /** Made only where grants answer promises. */
  #context: AsyncContext<Pending> | undefined;
  readonly #makeContext: () => AsyncContext<Pending> | undefined;

  /** @param makeContext makes nothing in a runtime that cannot tell */
  constructor(makeContext: () => AsyncContext<Pending> | undefined = asyncContext) {
    this.#makeContext = makeContext;
  }

  /** The grant whose code is running, while the plugin waits for it. Never set unless `tells`. */
  get within(): string | undefined {
    const pending = this.#context?.getStore();
    return pending?.over === false ? pending.grant : undefined;
  }

  /** A grant that suspends a call now. */
  get suspending(): string | undefined {
    return this.#pending[0]?.grant;
  }

  /** Called where grants answer promises, so that calls by them can be recognized. */
  prepare(): void {
    this.#context ??= this.#makeContext();
    this.tells = this.#context !== undefined;
  }

  /** Calls a granted function. */
  call<R>(work: () => R): R {
    this.depth++;
    try {
      return work();
    } finally {
      this.depth--;
    }
  }

  /**
   * Calls a granted function that answers a promise, for a generation that serves or is about to. Requires
   * `prepare`.
   */
  async callAsync<R>(grant: string, work: () => R): Promise<Awaited<R>> {
    const pending: Pending = { grant, over: false };
    const calling = () => this.call(work);
    this.#pending.push(pending);
    try {
      return await (this.#context ? this.#context.run(pending, calling) : calling());
    } finally {
      pending.over = true;
      this.#pending.splice(this.#pending.indexOf(pending), 1);
    }
  }
}
