/** The place in a plugin's code where a trap happened. */
import type { WasmModule } from "./wasm-module.ts";

/** The most frames that are shown. */
const MOST = 12;

/**
 * The names of the plugin's own functions on the stack of a trap, innermost first; empty where the module has
 * no names, as in a release build.
 *
 * @param trap the error of the call, or its cause
 */
export function guestFrames(trap: unknown, { bodies }: WasmModule): string[] {
  const stack = trap instanceof Error ? (trap.stack ?? "") : "";
  const names = new Map(bodies.flatMap(({ index, name }) => (name === undefined ? [] : [[index, name]])));
  const frames = [...stack.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)].slice(0, MOST);
  if (!frames.some(([, index]) => names.has(Number(index)))) return [];
  return frames.map(([, index, at]) => `${names.get(Number(index)) ?? `function ${index}`} (byte 0x${at})`);
}
