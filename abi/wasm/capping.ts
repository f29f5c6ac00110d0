/** A cap on the memory that a module defines itself: its maximum is rewritten. */
import type { WasmBinary } from "./binary.ts";
import { Pieces, u32 } from "./bytes-out.ts";
import { ID } from "./sections.ts";

/** @param pages the most that each memory of its own may have; what it begins with must be no more */
export function capped(binary: WasmBinary, pages: number): Uint8Array<ArrayBuffer> {
  const { bytes, sections, memories } = binary;
  const out = new Pieces();
  const own = memories.slice(binary.imported("memory"));
  const limits = own.flatMap(({ initial, maximum = pages }) => [
    1,
    ...u32(initial),
    ...u32(Math.min(maximum, pages)),
  ]);
  const memory = [...u32(own.length), ...limits];
  out.add(bytes.subarray(0, 8));
  for (const { name, custom, start, end } of sections) {
    if (custom || name !== "memory") out.add(bytes.subarray(start, end));
    else out.add([ID.memory, ...u32(memory.length), ...memory]);
  }
  return out.joined();
}
