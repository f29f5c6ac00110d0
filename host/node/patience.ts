/** Retries for Windows, where a virus scanner or an indexer may hold a file for a moment. */

const HELD = ["EPERM", "EACCES", "EBUSY"];
/** Milliseconds before each retry: half a second in all. */
const PAUSES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/**
 * Retries what failed because a file is held.
 * @param pauses by default only on Windows
 * @param sleep waits for a time in milliseconds
 */
export function patiently<T>(
  work: () => T,
  pauses: readonly number[] = process.platform === "win32" ? PAUSES : [],
  sleep: (milliseconds: number) => void = block,
): T {
  for (const pause of pauses) {
    try {
      return work();
    } catch (error) {
      if (!HELD.includes(String((error as { code?: unknown } | null)?.code))) throw error;
      sleep(pause);
    }
  }
  return work();
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
