/** Generations without WebAssembly, whose every step the test ends when it wants to: what a far one may look like. */
import type { Manifest } from "../../../abi/manifest.ts";
import type { Awaitable } from "../../../host/awaitable.ts";
import { contract } from "../../../host/contract/contract.ts";
import { PluginError } from "../../../host/errors.ts";
import type {
  Build,
  Candidate,
  CandidateOptions,
  Generation,
  GenerationMaker,
  Image,
  State,
  Surroundings,
} from "../../../host/generation/generation.ts";
import type { CallObserver } from "../../../host/generation/observer.ts";
import { Lifecycle, type LifecycleOptions } from "../../../host/swap/lifecycle.ts";
import { swap } from "../../../host/swap/swap.ts";

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

type Step = "save" | "restore" | "check" | "call";

/** What it did, in order; its state is the list of the calls that it knows. */
export class FakeGeneration implements Generation {
  readonly name: string;
  readonly log: string[];
  readonly number: number;
  readonly build: Build;
  readonly calls = [];
  readonly answersLater = false;
  readonly cloneable = false;
  readonly fuelUsed = undefined;
  trapped: PluginError | undefined;
  known: number[] = [];
  observer: CallObserver | undefined;
  /** How often it let go of its copy. */
  forgot = 0;
  /** Replaces a step; the step then waits for it, or throws. */
  readonly steps: Partial<Record<Step, () => Awaitable<unknown>>> = {};

  constructor(name: string, log: string[], build: Build, number: number) {
    this.name = name;
    this.log = log;
    this.build = build;
    this.number = number;
  }

  /** Answers when the test's step is over. The state changes at the end, as that of a slow call does. */
  call(n: number): Awaitable<string> {
    this.log.push(`${this.name}: begin ${n}`);
    return this.#after("call", () => {
      this.log.push(`${this.name}: end ${n}`);
      this.known.push(n);
      return `${n} by ${this.name}`;
    });
  }

  bind(): void {}
  unbind(): void {}
  observe(observer: CallObserver | undefined): void {
    this.observer = observer;
    if (observer) this.log.push(`${this.name}: observed`);
  }

  answerFrom(): void {}
  forget(): void {
    this.forgot++;
  }

  failed(error: unknown): PluginError {
    return new PluginError("trapped", String(error));
  }

  abandon(error: PluginError): void {
    this.trapped = error;
  }

  saveInPlace(): Awaitable<State> {
    return this.save();
  }

  save(): Awaitable<State> {
    return this.#after("save", () => {
      this.log.push(`${this.name}: save ${this.known.length}`);
      return { datum: Uint8Array.from(this.known) };
    });
  }

  restore(state: State): Awaitable<void> {
    return this.#after("restore", () => {
      this.known = [...state.datum];
      this.log.push(`${this.name}: restore ${this.known.length}`);
    });
  }

  check(): Awaitable<void> {
    return this.#after("check", () => void this.log.push(`${this.name}: check`));
  }

  closing(): void {}

  serve(): void {
    this.log.push(`${this.name}: serves`);
  }

  discard(): void {
    this.log.push(`${this.name}: discarded`);
  }

  retire(): undefined {
    this.log.push(`${this.name}: retired`);
  }

  replay(): number {
    throw new Error("a fake replays no calls");
  }

  resume(): never {
    throw new Error("a fake resumes no calls");
  }

  image(): Image {
    return { undo: () => {}, drop: () => {} };
  }

  clone(): never {
    throw new Error("a fake is not cloneable");
  }

  #after<T>(step: Step, work: () => T): Awaitable<T> {
    const waits = this.steps[step]?.();
    return waits instanceof Promise ? waits.then(work) : work();
  }
}

/** Prepares a generation before it is used. */
export type Arrange = (generation: FakeGeneration, role: "twin" | "successor") => void;

/** What the next source is. */
interface Coming {
  readonly name: string;
  readonly arrange: Arrange;
}

class FakeMaker implements GenerationMaker {
  coming: Coming = { name: "v1", arrange: () => {} };
  /** The last one that was made to be looked at. */
  twin: FakeGeneration | undefined;
  readonly #log: string[];

  constructor(log: string[]) {
    this.#log = log;
  }

  /** The next source arrives when this does. */
  fetching: Promise<void> | undefined;

  async fetch(): Promise<Build> {
    const { coming } = this;
    await this.fetching;
    return this.build(coming);
  }

  build({ name, arrange }: Coming): Build {
    const manifest: Manifest = {
      name: "fake",
      version: name,
      producer: "a test",
      strings: "utf16",
      exports: [],
      imports: [],
    };
    const build: Build = {
      manifest,
      typed: true,
      digest: undefined,
      from: "a test",
      warnings: [],
      fit: () => {},
      candidate: ({ number }: CandidateOptions): Candidate => {
        const make = (role: "twin" | "successor") => {
          const as = role === "twin" ? `${name} twin` : name;
          const generation = new FakeGeneration(as, this.#log, build, number);
          arrange(generation, role);
          return generation;
        };
        return {
          twin: async (state) => {
            const twin = make("twin");
            this.twin = twin;
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
      },
    };
    return build;
  }

  async recording(): Promise<void> {}

  close(): void {}
}

export interface FakeSwapOptions {
  readonly verify?: (twin: FakeGeneration) => Awaitable<void>;
  readonly drain?: number;
  readonly signal?: AbortSignal;
}

const NONE = contract("test:fake/plugin@1", {});

/** A plugin of fakes: the lifecycle and the swap under test are real. */
export class FakePlugin {
  readonly log: string[] = [];
  readonly lifecycle: Lifecycle;
  /** Throws where a call traps: before it has changed anything. */
  guard: (n: number) => void = () => {};
  /** When a swap has closed the gate for its pause. */
  readonly quiesced = deferred();
  readonly #maker: FakeMaker;

  constructor({ concurrency = 1, ...more }: Partial<LifecycleOptions> = {}) {
    const maker = new FakeMaker(this.log);
    this.#maker = maker;
    this.lifecycle = new Lifecycle("fake", NONE, {
      queue: 100_000,
      concurrency,
      restarts: false,
      keeping: undefined,
      waits: undefined,
      maker: (_: Surroundings) => maker,
      ...more,
    });
    const { gate } = this.lifecycle;
    const quiet = gate.quiet.bind(gate);
    let times = 0;
    gate.quiet = (...args) => {
      const done = quiet(...args);
      // The first time is for the copy.
      if (++times === 2) this.quiesced.resolve();
      return done as never;
    };
    const build = maker.build(maker.coming);
    this.lifecycle.serve(new FakeGeneration("v1", this.log, build, 1));
    this.log.length = 0;
  }

  get gate(): Lifecycle["gate"] {
    return this.lifecycle.gate;
  }

  get current(): FakeGeneration {
    return this.lifecycle.current as FakeGeneration;
  }

  /** Sources arrive when this does. */
  set fetching(until: Promise<void> | undefined) {
    this.#maker.fetching = until;
  }

  call(n: number): Promise<string> {
    return this.gate.pass(`call ${n}`, () => {
      this.guard(n);
      return this.current.call(n);
    });
  }

  /** @param arrange prepares the successor and the twin before they are used */
  async swap(
    name: string,
    arrange: Arrange = () => {},
    { verify, ...options }: FakeSwapOptions = {},
  ): Promise<FakeGeneration> {
    this.#maker.coming = { name, arrange };
    const look = verify && { verify: () => verify(this.#maker.twin!) };
    await swap(this.lifecycle, NONE, new Uint8Array(0), { ...options, ...look });
    return this.current;
  }
}
