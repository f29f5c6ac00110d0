/** Extism's JavaScript SDK: in this thread, which is its fastest way, and in one of its own. */
import createPlugin, { type ExtismPlugin } from "@extism/extism";

/**
 * Calls before a plugin has to be reset, because its blocks are numbered in 14 bits. Resets are not measured.
 */
export const EXTISM_CALLS = 8000;

export function extism(module: Uint8Array<ArrayBuffer> | WebAssembly.Module): Promise<ExtismPlugin> {
  const source = module instanceof WebAssembly.Module ? module : module.buffer;
  return createPlugin(source, { useWasi: false, runInWorker: false });
}

/** The same in a thread of its own. */
export function extismApart(module: Uint8Array<ArrayBuffer>): Promise<ExtismPlugin> {
  return createPlugin(module.buffer.slice(0), { useWasi: false, runInWorker: true });
}

/** Samples at most this number of calls between two resets. */
export function resetting(
  plugin: ExtismPlugin,
  sample: (n: number) => number | Promise<number>,
): (n: number) => Promise<number> {
  return async (n) => {
    let time = 0;
    for (let left = n; left > 0; left -= EXTISM_CALLS) {
      const calls = Math.min(left, EXTISM_CALLS);
      await plugin.reset();
      time += (await sample(calls)) * calls;
    }
    return time / n;
  };
}
