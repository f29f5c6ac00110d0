/** One plugin under a fault, and what it has to look like afterwards: an oracle that knows nothing of the protocol. */
import { expect } from "vitest";
import { z } from "zod";
import {
  capability,
  type Grant,
  type LiveSource,
  type LoadOptions,
  type Plugin,
  PluginError,
  type Source,
  type Transition,
} from "../../host/mod.ts";
import type { SwapOptions } from "../../host/swap/swap-options.ts";
import type { Driver } from "./driver.ts";
import { type Kind, type LedgerFunctions, module } from "./module.ts";

const TURNS = {
  start: 1,
  save: 2,
  restore: 3,
  restored: 4,
  check: 5,
  stop: 6,
  call: 7,
  migrate: 8,
  "next-call": 9,
} as const;
export type Turn = keyof typeof TURNS;

const FAULTS = { trap: 1, wrong: 2, grow: 3, act: 4, tell: 5, spin: 6, take: 7 } as const;
export type Fault = keyof typeof FAULTS;

interface Injected {
  readonly fault: Fault;
  /** Asks until it happens; 0 stands for every one. */
  nth: number;
  readonly always: boolean;
}

/** One generation's grants, as the host sees them. */
interface Made {
  readonly signal: AbortSignal;
}

export interface Opening {
  readonly kind?: Kind;
  /** Bytes of ballast in the state. */
  readonly size: number;
  /** Where its code comes from, if it is not the module itself. */
  readonly source?: Source | LiveSource;
  readonly follow?: LoadOptions["follow"];
  readonly afterTrap?: LoadOptions["afterTrap"];
  readonly limits?: LoadOptions["limits"];
  readonly trust?: LoadOptions["trust"];
}

export class Stage {
  readonly plugin: Plugin<LedgerFunctions>;
  readonly records: Transition[] = [];
  /** Every generation, twin and copy that was given grants. */
  readonly made: Made[];
  /** What ran where it was seen, in order: the number of the call, and of the grants that saw it. */
  readonly ran: { readonly n: number; readonly by: number }[];
  readonly acted: number[];
  /** Random numbers that were drawn. */
  readonly drawn: number[];
  /** What the state has to hold: the calls that were answered, in the order in which they were made. */
  readonly expected: number[] = [];
  readonly #props: Props;
  readonly #driver: Driver;
  readonly #size: number;
  readonly #answers: Promise<void>[] = [];
  readonly #dropped = new Set<number>();
  #kind: Kind;
  #n = 0;

  private constructor(
    driver: Driver,
    plugin: Plugin<LedgerFunctions>,
    props: Props,
    { kind = "ledger", size }: Opening,
  ) {
    this.#driver = driver;
    this.plugin = plugin;
    this.#props = props;
    ({ made: this.made, ran: this.ran, acted: this.acted, drawn: this.drawn } = props);
    this.#kind = kind;
    this.#size = size;
    plugin.on("transition", (record) => this.records.push(record));
  }

  /** A plugin of version 1.0.0 with three calls behind it. */
  static async open(driver: Driver, opening: Opening): Promise<Stage> {
    const props = propsOf();
    const { kind = "ledger", size, source = await module(kind), afterTrap = "fail-closed" } = opening;
    const { follow, limits, trust } = opening;
    const more = { ...(follow && { follow }), ...(limits && { limits }), ...(trust && { trust }) };
    const plugin = await driver.open(source, { grant: [props.grant], afterTrap, ...more });
    const stage = new Stage(driver, plugin, props, opening);
    await plugin.call.fill(size);
    for (let i = 0; i < 3; i++) await stage.push();
    return stage;
  }

  /** From now on, the nth time that a guest asks at this turn, this happens; 0 stands for every time. */
  inject(turn: Turn, fault: Fault, nth = 1): void {
    this.#props.faults.set(TURNS[turn], { fault, nth, always: nth === 0 });
  }

  /** Does something while a guest is in this turn, once. */
  during(turn: Turn, then: () => void): void {
    this.#props.during.set(TURNS[turn], then);
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#props.faults.clear();
  }

  /** How often guests asked at this turn. */
  asked(turn: Turn): number {
    return this.#props.asked.get(TURNS[turn]) ?? 0;
  }

  /** The next transition. */
  told(): Promise<Transition> {
    return new Promise((resolve) => {
      const stop = this.plugin.on("transition", (record) => {
        stop();
        resolve(record);
      });
    });
  }

  /** A call that has to be answered, now or when its turn comes. */
  push(): Promise<number> {
    const n = ++this.#n;
    this.expected.push(n);
    const answer = this.plugin.call.push(n);
    this.#answers.push(
      answer.then(
        () => {},
        () => {},
      ),
    );
    return answer;
  }

  /** A call that is answered with this error, and has left nothing behind. */
  async refusedPush(code: PluginError["code"]): Promise<void> {
    const n = ++this.#n;
    await expect(this.plugin.call.push(n)).rejects.toMatchObject({ code });
  }

  /** A call in this very stack, if one is let in. */
  pushAtOnce(): void {
    const n = this.#n + 1;
    try {
      this.plugin.callSync.push(n);
    } catch (error) {
      if (error instanceof PluginError && (error.code === "swapping" || error.code === "closed")) return;
      throw error;
    }
    this.#n = n;
    this.expected.push(n);
  }

  /** Any other call that leaves a number in the sequence. */
  async other(call: () => Promise<unknown>, left: number): Promise<unknown> {
    this.expected.push(left);
    return call();
  }

  /** A swap to the next version of a kind. */
  async swap(
    kind: Kind = this.#kind,
    options: SwapOptions<LedgerFunctions> = {},
    version = "2.0.0",
  ): Promise<Transition> {
    const from = this.#kind;
    const record = await this.plugin.swap(await module(kind, version), options);
    if (record.outcome === "swapped" && this.plugin.generation === record.to?.generation) this.#kind = kind;
    else this.#kind = from;
    return record;
  }

  /** Another plugin of the same code, from this state. */
  async reopen(state: Uint8Array): Promise<Plugin<LedgerFunctions>> {
    return this.#driver.open(await module(this.#kind), { grant: [propsOf().grant], state });
  }

  /** The last calls were given up on purpose. */
  drop(count: number): void {
    for (const n of this.expected.splice(-count)) this.#dropped.add(n);
  }

  /** The version that serves is of this kind again. */
  back(kind: Kind): void {
    this.#kind = kind;
  }

  /** A swap that is refused: nothing has changed, down to the last byte of the state. */
  async refused(
    kind: Kind = this.#kind,
    options: SwapOptions<LedgerFunctions> = {},
    version = "2.0.0",
  ): Promise<PluginError> {
    return this.refusedBy(this.plugin.swap(await module(kind, version), options));
  }

  /** The same for any attempt. */
  async refusedBy(attempt: Promise<unknown>): Promise<PluginError> {
    const { generation, version } = this.plugin;
    const told = this.records.length;
    const error = await attempt.then(
      () => Promise.reject(new Error("it was not refused")),
      (reason: unknown) => reason,
    );
    if (!(error instanceof PluginError)) throw error;
    expect([this.plugin.generation, this.plugin.version]).toEqual([generation, version]);
    expect(this.records.slice(told)).toEqual([error.record]);
    expect(error.record).toMatchObject({
      outcome: "refused",
      from: { generation, version },
      cause: { code: error.code },
    });
    expect(error.message).toContain(`version ${version} still serves`);
    return error;
  }

  /** Every call was answered, once and by one generation; and the state is what a plain replay of the calls gives. */
  async settle(): Promise<void> {
    await Promise.all(this.#answers);
    this.clear();
    const own = ({ n }: { readonly n: number }) => n <= this.#n && !this.#dropped.has(n);
    expect(await this.plugin.call.history()).toEqual(this.expected);
    const pushed = new Set(this.#pushed());
    expect(this.ran.filter(own).map(({ n }) => n)).toEqual(this.expected.filter((n) => pushed.has(n)));
    const [found, wanted] = [await this.plugin.snapshot(), await this.#replay()];
    // Compared as bytes: a matcher that walks a million elements takes seconds.
    expect([found.length, Buffer.compare(found, wanted)]).toEqual([wanted.length, 0]);
  }

  /** Settles, closes, and finds that everything that was made has ended. */
  async end(): Promise<void> {
    await this.settle();
    await this.plugin.close();
    this.allEnded();
  }

  allEnded(): void {
    expect(this.made.map(({ signal }) => signal.aborted)).toEqual(this.made.map(() => true));
  }

  /** Generations, twins and copies that hold grants now. */
  /** Waits until no more than so many generations live: in another thread, the last of a generation comes later. */
  async ended(alive: number): Promise<void> {
    while (!this.#driver.atOnce && this.alive > alive) await new Promise(setImmediate);
  }

  get alive(): number {
    return this.made.filter(({ signal }) => !signal.aborted).length;
  }

  #pushed(): number[] {
    return this.expected.filter((n) => n <= this.#n);
  }

  /** The state of a plugin to which nothing ever happened but the same calls. */
  async #replay(): Promise<Uint8Array> {
    const source = await module(this.#kind, this.plugin.version);
    const reference = await this.#driver.open(source, { grant: [propsOf().grant] });
    await reference.call.fill(this.#size);
    for (const n of this.expected) await reference.call.push(n);
    const snapshot = await reference.snapshot();
    await reference.close();
    return snapshot;
  }
}

interface Props {
  readonly grant: Grant;
  readonly made: Made[];
  readonly ran: { readonly n: number; readonly by: number }[];
  readonly acted: number[];
  readonly drawn: number[];
  readonly faults: Map<number, Injected>;
  readonly during: Map<number, () => void>;
  readonly asked: Map<number, number>;
}

/** What guests are granted: where faults come in, and witnesses look out. */
function propsOf(): Props {
  const made: Made[] = [];
  const ran: { n: number; by: number }[] = [];
  const acted: number[] = [];
  const drawn: number[] = [];
  const faults = new Map<number, Injected>();
  const during = new Map<number, () => void>();
  const asked = new Map<number, number>();
  const at = (turn: number): number => {
    asked.set(turn, (asked.get(turn) ?? 0) + 1);
    const then = during.get(turn);
    during.delete(turn);
    then?.();
    const injected = faults.get(turn);
    if (!injected) return 0;
    if (!injected.always && --injected.nth !== 0) return 0;
    return FAULTS[injected.fault];
  };
  const grant = capability(
    "test:matrix/stage@1",
    {
      at: { params: [z.uint32()], returns: z.uint32(), kind: "read" },
      ran: { params: [z.uint32()], kind: "post" },
      act: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
      draw: { params: [], returns: z.uint32(), kind: "read" },
    },
    ({ signal }) => {
      const by = made.push({ signal }) - 1;
      return {
        at,
        ran: (n) => void ran.push({ n, by }),
        act: (n) => acted.push(n),
        draw: () => {
          drawn.push(10_000 + drawn.length);
          return 10_000 + drawn.length - 1;
        },
      };
    },
  );
  return { grant, made, ran, acted, drawn, faults, during, asked };
}
