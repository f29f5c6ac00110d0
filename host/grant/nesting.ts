/** Nesting: which granted functions of one plugin are being called, since that plugin waits for them. */
import { asyncContext } from "#async-context";
import type { AsyncContext } from "./async-context.ts";

/** One call of a granted function that answers later. */
interface Pending {
  /** `acme:db/rows@1.0.0#find` */
  readonly grant: string;
  over: boolean;
}

export class Nesting {
  /** Those on the stack. */
  depth = 0;
  /** Whether the runtime knows which grant code is part of; `undefined` where no grant answers later. */
  tells: boolean | undefined;
  /** Those that suspend a call, in the order in which they began. */
  readonly #pending: Pending[] = [];
  /** Only there where grants answer later. */
  #context: AsyncContext<Pending> | undefined;
  readonly #makeContext: () => AsyncContext<Pending> | undefined;

  /** @param makeContext one that answers `undefined` is for a runtime that cannot tell */
  constructor(makeContext: () => AsyncContext<Pending> | undefined = asyncContext) {
    this.#makeContext = makeContext;
  }

  /** The grant that the code which runs now is part of, while the plugin waits for it. Never there unless `tells`. */
  get within(): string | undefined {
    const pending = this.#context?.getStore();
    return pending?.over === false ? pending.grant : undefined;
  }

  /** A grant that suspends a call now. */
  get suspending(): string | undefined {
    return this.#pending[0]?.grant;
  }

  /** Grants answer later: calls of them are told from others. */
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

  /** Calls one that answers later, for what serves or is about to. `prepare` was called before. */
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
