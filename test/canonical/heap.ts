/** A guest without code: a memory, and a `cabi_realloc` that puts one thing after the other. */
import { type Guest, Views } from "../../abi/canonical/mod.ts";

export interface Heap extends Guest {
  readonly wasm: WebAssembly.Memory;
  /** Where the next allocation goes, before it is aligned. */
  top: number;
}

export interface HeapOptions {
  readonly strings?: Guest["strings"];
  /** @default 1 */
  readonly pages?: number;
  /** Grow at every allocation, which detaches every view. @default false */
  readonly grow?: boolean;
  /** @default 16 */
  readonly top?: number;
}

export function heap(options: HeapOptions = {}): Heap {
  const { strings = "utf8", pages = 1, grow = false, top = 16 } = options;
  const wasm = new WebAssembly.Memory({ initial: pages });
  const made: Heap = {
    wasm,
    memory: new Views(wasm),
    strings,
    top,
    realloc: (_old, _oldSize, align, size) => {
      const pointer = Math.ceil(made.top / align) * align;
      made.top = pointer + size;
      const missing = made.top - wasm.buffer.byteLength;
      if (missing > 0) wasm.grow(Math.ceil(missing / 65_536));
      else if (grow) wasm.grow(1);
      return pointer;
    },
  };
  return made;
}
