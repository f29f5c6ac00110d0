/**
 * The memories of guests of one plugin that import theirs: made by the host, given back when the guest has
 * ended, and reused. Page faults would be most of a swap's pause, and some collectors do not notice the
 * memory that guests grow.
 *
 *     make (touched) -> guest -> give -> kept -> take (zeroed) -> next guest
 *                                  \-> loose: the one kept before, until a collection takes it
 */
import type { WasmMemory } from "../../abi/wasm/js-api.ts";
import { allocating } from "../allocation.ts";

/** What a guest needs, in pages of 64 KiB. */
export interface Wanted {
  readonly initial: number;
  readonly maximum?: number | undefined;
}

/** A memory and its maximum; a guest that declares another maximum cannot have it. */
export interface Lent {
  readonly memory: WasmMemory;
  readonly maximum: number | undefined;
}

/** Bytes of a page. The byte size of a full memory does not fit 32 bits. */
const PAGE = 65_536;

/**
 * A memory that is more than about this many times as large as needed is not reused, so that plugins can
 * become smaller.
 */
const ROOMY = 16;
const LITTLE = 64;
const MOST_PAGES = 65_536;

export class MemoryPool {
  #kept: Lent | undefined;
  #loose: WeakRef<Lent>[] = [];
  #closed = false;

  /**
   * @param pages to begin with, known or estimated; they are touched, and all zero.
   * @throws PluginError `no-memory`
   */
  take(wanted: Wanted, pages: number): Lent {
    const least = atLeast(wanted, pages);
    for (const lent of this.#all()) {
      const size = lent.memory.buffer.byteLength / PAGE;
      if (lent.maximum !== wanted.maximum || size > least * ROOMY + LITTLE) continue;
      if (size < least) allocating(pagesOf(least), () => lent.memory.grow(least - size));
      this.#forget(lent);
      new Uint8Array(lent.memory.buffer).fill(0);
      return lent;
    }
    return { memory: makeMemory(wanted, pages), maximum: wanted.maximum };
  }

  /** One that was given back, as it is, of at least so many pages and not many more. */
  reused(maximum: number | undefined, pages: number): Lent | undefined {
    const fits = (lent: Lent) => {
      const size = lent.memory.buffer.byteLength / PAGE;
      return lent.maximum === maximum && size >= pages && size <= pages * ROOMY + LITTLE;
    };
    const lent = this.#all().find(fits);
    if (lent) this.#forget(lent);
    return lent;
  }

  /** Takes a memory back. Nothing that still runs may reach it. */
  give(lent: Lent): void {
    if (this.#closed) return;
    if (this.#kept) this.#loose.push(new WeakRef(this.#kept));
    this.#kept = lent;
  }

  /** Lets go of all memories, and of those that are given back later. */
  close(): void {
    this.#closed = true;
    this.#kept = undefined;
    this.#loose = [];
  }

  #all(): Lent[] {
    const loose = this.#loose.map((each) => each.deref());
    return [this.#kept, ...loose].filter((lent) => lent !== undefined);
  }

  #forget(lent: Lent): void {
    if (lent === this.#kept) this.#kept = undefined;
    this.#loose = this.#loose.filter((each) => ![undefined, lent].includes(each.deref()));
  }
}

/** Makes a memory; its pages are touched where their number is known. @throws PluginError `no-memory` */
export function makeMemory(wanted: Wanted, pages: number): WasmMemory {
  const { maximum } = wanted;
  const initial = atLeast(wanted, pages);
  const descriptor = maximum === undefined ? { initial } : { initial, maximum };
  const memory = allocating(pagesOf(initial), () => new WebAssembly.Memory(descriptor));
  if (pages > 0) new Uint8Array(memory.buffer).fill(0);
  return memory;
}

/** What a guest needs, with no more than `pages`. */
export function atMost(wanted: Wanted, pages: number | undefined): Wanted {
  if (pages === undefined) return wanted;
  return { initial: wanted.initial, maximum: Math.min(wanted.maximum ?? pages, pages) };
}

function pagesOf(pages: number): string {
  return `${pages} pages of memory (${(pages * PAGE) / 2 ** 20} MiB)`;
}

function atLeast({ initial, maximum }: Wanted, pages: number): number {
  return Math.min(Math.max(initial, pages), maximum ?? MOST_PAGES);
}
