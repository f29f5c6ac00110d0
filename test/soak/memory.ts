/** What this process takes from the machine, as Linux counts it; elsewhere only what Node knows. */
import { readFileSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MIB = 2 ** 20;

/** In MiB; address space and the peak are `undefined` where there is no /proc. */
export interface Taken {
  readonly resident: number;
  readonly address: number | undefined;
  readonly peak: number | undefined;
}

export function taken(): Taken {
  const resident = process.memoryUsage.rss() / MIB;
  let status: string;
  try {
    status = readFileSync("/proc/self/status", "utf8");
  } catch {
    return { resident, address: undefined, peak: undefined };
  }
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return { resident, address: field("VmSize"), peak: field("VmHWM") };
}

/** The peak begins anew, where the system lets us say so. */
export function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Then it is that of the whole process.
  }
}

/** Address space that one WebAssembly memory reserves, in MiB: 10 GiB on Node 20, 8 GiB on Node 26. */
export function reservation(): number | undefined {
  const before = taken().address;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const after = taken().address;
  if (before === undefined || after === undefined || memory.buffer.byteLength === 0) return undefined;
  return Math.round((after - before) / 1024) * 1024 || undefined;
}

/** Collects all that can be collected. */
export async function collect(): Promise<void> {
  const gc = collector();
  for (let i = 0; i < 4; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function collector(): () => void {
  if (globalThis.gc) return globalThis.gc as () => void;
  const { Bun } = globalThis as { readonly Bun?: { gc(whole: boolean): void } };
  if (Bun) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
