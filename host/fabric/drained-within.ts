/** The end of waiting for handlers. */
import { after } from "../timer.ts";

/** Waits for handlers to end, and not for those that never do. */
export async function drainedWithin(milliseconds: number, drained: Promise<unknown>): Promise<void> {
  let clear = () => {};
  const late = new Promise<void>((resolve) => {
    clear = after(milliseconds, resolve, { name: "drain" });
  });
  await Promise.race([drained, late]);
  clear();
}
