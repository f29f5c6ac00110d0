/** Memories that the host makes for guests which import theirs. */

/**
 * Makes a memory as large as it will have to be, and touches it: page faults are most of a naive pause.
 *
 * @param wanted what the guest asks for, in pages of 64 KiB
 * @param pages to begin with, where they are known from a copy
 */
export function makeMemory(
  wanted: { readonly initial: number; readonly maximum?: number | undefined },
  pages: number,
): WebAssembly.Memory {
  const { maximum } = wanted;
  const initial = Math.min(Math.max(wanted.initial, pages), maximum ?? 65_536);
  const memory = new WebAssembly.Memory(maximum === undefined ? { initial } : { initial, maximum });
  if (pages > 0) new Uint8Array(memory.buffer).fill(0);
  return memory;
}
