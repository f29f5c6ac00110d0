/**
 * The memories of one plugin's guests that import theirs: made by the host, given back when their guest is done, and
 * given out again. Page faults are most of a naive pause, and what guests grow is invisible to some collectors.
 *
 *     make (touched) -> guest -> give -> kept -> take (zeroed) -> next guest
 *                                  \-> loose: the one kept before, until a collection takes it
 */
import type { WasmMemory } from "../../abi/wasm/js-api.ts";
import { allocating } from "../allocation.ts";

/** What a guest asks for, in pages of 64 KiB. */
export interface Wanted {
  readonly initial: number;
  readonly maximum?: number | undefined;
}

/** A memory, and how far it may grow: a guest that says how far is given no other. */
export interface Lent {
  readonly memory: WasmMemory;
  readonly maximum: number | undefined;
}

/** Bytes of a page; all pages of a memory are more than 32 bits can count. */
const PAGE = 65_536;

/** A memory so many times as large as what is wanted, and a little more, is not given out: states become smaller too. */
const ROOMY = 16;
const LITTLE = 64;
const MOST_PAGES = 65_536;

export class MemoryPool {
  #kept: Lent | undefined;
  #loose: WeakRef<Lent>[] = [];
  #closed = false;

  /** @param pages to begin with, where they are known or guessed; grown and touched, and all zero. @throws PluginError `no-memory` */
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

  /** Takes a memory back. Nothing that could still run may reach it. */
  give(lent: Lent): void {
    if (this.#closed) return;
    if (this.#kept) this.#loose.push(new WeakRef(this.#kept));
    this.#kept = lent;
  }

  /** Lets go of all of them, and of whatever is given from now on. */
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

/** Makes a memory; one whose size is known is touched. @throws PluginError `no-memory` */
export function makeMemory(wanted: Wanted, pages: number): WasmMemory {
  const { maximum } = wanted;
  const initial = atLeast(wanted, pages);
  const descriptor = maximum === undefined ? { initial } : { initial, maximum };
  const memory = allocating(pagesOf(initial), () => new WebAssembly.Memory(descriptor));
  if (pages > 0) new Uint8Array(memory.buffer).fill(0);
  return memory;
}

function pagesOf(pages: number): string {
  return `${pages} pages of memory (${(pages * PAGE) / 2 ** 20} MiB)`;
}

function atLeast({ initial, maximum }: Wanted, pages: number): number {
  return Math.min(Math.max(initial, pages), maximum ?? MOST_PAGES);
}
