/** Generations without WebAssembly, whose every step the test ends when it wants to: what a far one may look like. */

import type { Maybe } from "../../../host/awaitable.ts";
import { Gate } from "../../../host/call/gate.ts";
import { Recorder } from "../../../host/swap/record.ts";
import { type Candidate, type Generation, type State, swap } from "../../../host/swap/swap.ts";

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** What it did, in order; its state is the list of the calls that it knows. */
export class FakeGeneration implements Generation {
  readonly name: string;
  readonly log: string[];
  known: number[] = [];
  /** Replaces a step; the step then waits for it, or throws. */
  readonly steps: Partial<Record<"save" | "restore" | "check" | "call", () => Maybe<unknown>>> = {};

  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }

  /** Answers when the test's step is over. The state changes at the end, as that of a slow call does. */
  call(n: number): Maybe<string> {
    this.log.push(`${this.name}: begin ${n}`);
    return this.#after("call", () => {
      this.log.push(`${this.name}: end ${n}`);
      this.known.push(n);
      return `${n} by ${this.name}`;
    });
  }

  save(): Maybe<State> {
    return this.#after("save", () => {
      this.log.push(`${this.name}: save ${this.known.length}`);
      return { datum: Uint8Array.from(this.known) };
    });
  }

  restore(state: State): Maybe<void> {
    return this.#after("restore", () => {
      this.known = [...state.datum];
      this.log.push(`${this.name}: restore ${this.known.length}`);
    });
  }

  check(): Maybe<void> {
    return this.#after("check", () => void this.log.push(`${this.name}: check`));
  }

  serve(): void {
    this.log.push(`${this.name}: serves`);
  }

  discard(): void {
    this.log.push(`${this.name}: discarded`);
  }

  #after<T>(step: "save" | "restore" | "check" | "call", work: () => T): Maybe<T> {
    const waits = this.steps[step]?.();
    return waits instanceof Promise ? waits.then(work) : work();
  }
}

/** A plugin of fakes: a gate, a box, and the swap under test. */
export class FakePlugin {
  readonly log: string[] = [];
  readonly gate: Gate;
  current: FakeGeneration;
  /** Throws where a call traps: before it has changed anything. */
  guard: (n: number) => void = () => {};
  /** When a swap has closed the gate. */
  readonly quiesced = deferred();

  constructor(concurrency = 1) {
    this.gate = new Gate({ plugin: "fake", concurrency, queue: 100_000 });
    const quiet = this.gate.quiet.bind(this.gate);
    let times = 0;
    this.gate.quiet = (...args) => {
      const done = quiet(...args);
      // The first time is for the copy.
      if (++times === 2) this.quiesced.resolve();
      return done as never;
    };
    this.current = new FakeGeneration("v1", this.log);
  }

  call(n: number): Promise<string> {
    return this.gate.pass(`call ${n}`, () => {
      this.guard(n);
      return this.current.call(n);
    });
  }

  /** @param arrange prepares the successor and the twin before they are used */
  swap(
    name: string,
    arrange: (generation: FakeGeneration, role: "twin" | "successor") => void = () => {},
    options: { verify?: (twin: FakeGeneration) => Maybe<void>; drain?: number; signal?: AbortSignal } = {},
  ): Promise<FakeGeneration> {
    const make = (role: "twin" | "successor") => {
      const generation = new FakeGeneration(role === "twin" ? `${name} twin` : name, this.log);
      arrange(generation, role);
      return generation;
    };
    const candidate: Candidate<FakeGeneration> = {
      twin: async (state) => {
        const twin = make("twin");
        try {
          if (state) await twin.restore(state);
          await twin.check();
        } catch (error) {
          twin.discard();
          throw error;
        }
        return twin;
      },
      successor: () => make("successor"),
    };
    const { verify = () => {}, drain = 10_000, signal } = options;
    return swap({
      gate: this.gate,
      incumbent: this.current,
      candidate,
      verify,
      dryRun: false,
      reset: false,
      drain,
      signal,
      recorder: new Recorder(),
      cutover: (successor) => {
        this.current = successor;
      },
    });
  }
}
