/** The soak: one plugin, swapped over and over under calls, held against a plain replay. */
import { isDeepStrictEqual } from "node:util";
import { contract, load, type Plugin, type Transition } from "moult";
import { z } from "zod";
import { collect, forgetPeak, reservation, taken } from "./memory.ts";
import { type Receipt, Reference } from "./reference.ts";

export const Ledger = contract("test:soak/ledger@1", {
  open: { params: [z.uint32()] },
  book: { params: [z.uint32()], returns: z.object({ calls: z.uint32(), hash: z.uint32() }) },
  note: { params: [z.string()], returns: z.uint32() },
  code: { params: [], returns: z.string() },
});

export interface SoakOptions {
  /** The two versions, as bytes. They take turns. */
  readonly versions: readonly [Uint8Array, Uint8Array];
  /** Bytes of state. */
  readonly size: number;
  readonly swaps: number;
  readonly signal?: AbortSignal;
  readonly progress?: (swaps: number) => void;
}

/** One phase of the pause, or all of it: milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

export interface Soaked {
  readonly state: number;
  readonly swaps: number;
  readonly calls: number;
  /** Calls that were never answered, or are not in the state. */
  readonly lost: number;
  /** Calls that are in the state more than once. */
  readonly doubled: number;
  /** Answers, and at the end states, that are not what the replay says. */
  readonly different: number;
  readonly pause: { readonly first: Spread; readonly last: Spread };
  readonly phases: Readonly<Record<string, number>>;
  /** One copy of the state between touched buffers, after each swap: milliseconds. */
  readonly copy: { readonly first: number; readonly last: number };
  /** MiB above what the process had before the plugin was loaded. */
  readonly resident: {
    /** The median of the first three tenths, and of the last three. */
    readonly start: number;
    readonly end: number;
    /** After each tenth, and a collection. */
    readonly tenths: readonly number[];
    /** The most that was seen between swaps. */
    readonly rest: number;
    /** The most at any time. */
    readonly peak: number | undefined;
  };
  /** Of JavaScript's own heap, after a collection: MiB, a tenth into the run and at its end. */
  readonly heap: { readonly start: number; readonly end: number };
  /** By address space: after a collection with the plugin open, the most ever, and after it was closed. */
  readonly memories: Readonly<Record<"end" | "most" | "closed", number>> | undefined;
}

export async function soak({ versions, size, swaps, signal, progress }: SoakOptions): Promise<Soaked> {
  const unit = reservation();
  const reference = new Reference(size);
  const copy = stopwatch(size);
  await collect();
  forgetPeak();
  const before = taken();
  const memories = (address: number | undefined) =>
    unit && address !== undefined ? Math.max(0, Math.round((address - before.address!) / unit)) : 0;

  const plugin = await load(Ledger, versions[0]);
  const hammer = new Hammer(plugin, reference);
  const [pauses, copies]: [number[], number[]] = [[], []];
  const phases: Record<string, number[]> = {};
  const settled: number[] = [];
  const heaps: number[] = [];
  const settle = async () => {
    await collect();
    settled.push(taken().resident - before.resident);
    heaps.push(process.memoryUsage().heapUsed / 2 ** 20);
  };
  let [most, rest, done] = [0, 0, 0];
  for (; done < swaps && !signal?.aborted; done++) {
    const record = await hammer.during(plugin.swap(versions[(done + 1) % 2]!));
    pauses.push(record.pause);
    for (const [phase, time] of Object.entries(record.phases)) {
      const times = phases[phase] ?? [];
      times.push(time);
      phases[phase] = times;
    }
    copies.push(copy());
    const { resident, address } = taken();
    most = Math.max(most, memories(address));
    rest = Math.max(rest, resident - before.resident);
    if ((done + 1) % Math.ceil(swaps / 10) === 0) await settle();
    progress?.(done + 1);
  }
  await settle();
  const { address, peak } = taken();
  const outcome = await hammer.outcome();
  await plugin.close();
  const end = memories(address);
  await collect();
  return {
    state: size,
    swaps: done,
    ...outcome,
    pause: { first: spread(tenth(pauses, 0)), last: spread(tenth(pauses, 9)) },
    phases: Object.fromEntries(Object.entries(phases).map(([phase, times]) => [phase, spread(times).p50])),
    copy: { first: spread(tenth(copies, 0)).p50, last: spread(tenth(copies, 9)).p50 },
    resident: {
      tenths: settled.map(Math.round),
      start: spread(settled.slice(0, 3)).p50,
      end: spread(settled.slice(-3)).p50,
      rest,
      peak: peak === undefined ? undefined : peak - before.resident,
    },
    heap: { start: heaps[0] ?? 0, end: heaps.at(-1) ?? 0 },
    memories: unit ? { end, most, closed: memories(taken().address) } : undefined,
  };
}

/** Turns of the event loop in which calls are made while a swap is under way. */
const BUSY = 30;

/** Calls without end, each held against the replay. */
class Hammer {
  readonly #plugin: Plugin<typeof Ledger>;
  readonly #reference: Reference;
  #open = 0;
  #answered = 0;
  #different = 0;
  #number = 0;

  constructor(plugin: Plugin<typeof Ledger>, reference: Reference) {
    this.#plugin = plugin;
    this.#reference = reference;
    plugin.callSync.open(reference.bytes.length);
  }

  /** Calls while a swap is under way: some at once, some between any two of its steps. */
  async during(swapping: Promise<Transition>): Promise<Transition> {
    let over = false;
    const record = swapping.finally(() => {
      over = true;
    });
    for (let turn = 0; !over; turn++) {
      for (let i = 0; i <= turn % 3 && turn < BUSY; i++) this.#call();
      await (turn % 2 === 0 ? undefined : new Promise((resolve) => setImmediate(resolve)));
    }
    this.#call();
    return record;
  }

  #call(): void {
    const number = this.#number++;
    const expected = this.#reference.book(number);
    this.#open++;
    this.#plugin.call.book(number).then((receipt: Receipt) => {
      this.#open--;
      this.#answered++;
      if (receipt.calls !== expected.calls || receipt.hash !== expected.hash) this.#different++;
    });
  }

  async outcome(): Promise<Pick<Soaked, "calls" | "lost" | "doubled" | "different">> {
    const snapshot = await this.#plugin.snapshot();
    const reference = this.#reference.datum();
    const datum = snapshot.subarray(-16 - reference.length, -16);
    const last = await this.#plugin.call.book(this.#number);
    const held = last.calls - 1;
    const same = isDeepStrictEqual(datum, reference);
    return {
      calls: this.#number,
      lost: this.#open + Math.max(0, this.#answered - held),
      doubled: Math.max(0, held - this.#answered),
      different: this.#different + (same ? 0 : 1),
    };
  }
}

/** Times one copy of so many bytes between buffers that were touched before, as those of a pause are. */
function stopwatch(size: number): () => number {
  const [from, to] = [new Uint8Array(size).fill(1), new Uint8Array(size).fill(2)];
  return () => {
    const began = performance.now();
    to.set(from);
    return performance.now() - began;
  };
}

function tenth(values: readonly number[], which: number): number[] {
  const size = Math.max(1, Math.floor(values.length / 10));
  return which === 9 ? values.slice(-size) : values.slice(which * size, (which + 1) * size);
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
