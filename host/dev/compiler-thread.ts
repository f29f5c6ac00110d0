/** The thread of `compiler.ts`: one build for each message. */
import { parentPort } from "node:worker_threads";
import { BuildError, build, library } from "../../abi/transform/mod.ts";
import type { Answer, Order } from "./compiler.ts";

const kept = library();

// The compiler prints the reason of a crash, and ends: the terminal should not get that.
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
    // The compiler cannot handle a program that is nested too deeply.
    if (error instanceof RangeError) {
      return { diagnostics: [], cause: new Error(`the compiler crashed: ${error.message}`), files: [] };
    }
    if (!(error instanceof BuildError)) return { error: plain(error) };
    const { diagnostics, cause, files } = error;
    return { diagnostics, cause: cause === undefined ? undefined : plain(cause), files };
  }
}

/** An error of a class that the other side does not have would lose its message, or not cross at all. */
function plain(error: unknown): Error {
  const crossing = new Error(error instanceof Error ? error.message : String(error));
  if (error instanceof Error && error.stack !== undefined) crossing.stack = error.stack;
  return crossing;
}
