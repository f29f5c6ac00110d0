/** Files that are whole, old or new, at any time. */
import { rename, rm, writeFile } from "node:fs/promises";
import { Failure } from "../failure.ts";

/** @throws Failure when it cannot be written; what was there is as it was */
export async function written(full: string, shown: string, content: string | Uint8Array): Promise<void> {
  const beside = `${full}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content, { flush: true });
    await rename(beside, full);
  } catch (cause) {
    await rm(beside, { force: true });
    const why = (cause as Error).message;
    throw new Failure(`could not write ${shown}: ${why}; what it held is as it was`, { cause });
  }
}
