/** Where in a plugin's code a trap came from. */
import type { WasmModule } from "./wasm-module.ts";

/** Frames that are shown. */
const MOST = 12;

/**
 * The plugin's own functions on the stack of a trap, the innermost first, by their names; none where the module
 * names no functions, as one that was built for release.
 *
 * @param trap what the call threw, or its cause
 */
export function guestFrames(trap: unknown, { bodies }: WasmModule): string[] {
  const stack = trap instanceof Error ? (trap.stack ?? "") : "";
  const names = new Map(bodies.flatMap(({ index, name }) => (name === undefined ? [] : [[index, name]])));
  const frames = [...stack.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)].slice(0, MOST);
  if (!frames.some(([, index]) => names.has(Number(index)))) return [];
  return frames.map(([, index, at]) => `${names.get(Number(index)) ?? `function ${index}`} (byte 0x${at})`);
}
