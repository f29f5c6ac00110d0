/** The thread of `compiler.ts`: one build for each message. */
import { parentPort } from "node:worker_threads";
import { BuildError, build, library } from "../../abi/transform/mod.ts";
import type { Answer, Order } from "./compiler.ts";

const kept = library();

// The compiler prints why it crashes, and ends: that is no business of the terminal's.
const tell = (said: unknown) => {
  parentPort?.postMessage({ said: String(said) } satisfies Answer);
  return true;
};
Object.assign(process.stdout, { write: tell });
Object.assign(process.stderr, { write: tell });

parentPort?.on("message", async ({ path, options }: Order) => {
  parentPort?.postMessage(await answer(path, options));
});

async function answer(path: string, options: Order["options"]): Promise<Answer> {
  try {
    return { build: await build(path, { ...options, library: kept }) };
  } catch (error) {
    // A program that is nested too deeply is more than the compiler can take.
    if (error instanceof RangeError) {
      return { diagnostics: [], cause: new Error(`the compiler crashed: ${error.message}`), files: [] };
    }
    if (!(error instanceof BuildError)) return { error: plain(error) };
    const { diagnostics, cause, files } = error;
    return { diagnostics, cause: cause === undefined ? undefined : plain(cause), files };
  }
}

/** Errors of classes that the other side does not know would lose their message or not cross at all. */
function plain(error: unknown): Error {
  const crossing = new Error(error instanceof Error ? error.message : String(error));
  if (error instanceof Error && error.stack !== undefined) crossing.stack = error.stack;
  return crossing;
}
