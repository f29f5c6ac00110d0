/** Staying up: the sample flows on slowly, and every edit of `live.ts` changes the plugin under it. */
import { watch } from "chokidar";
import { sample } from "./sample.ts";
import type { Story, Watcher } from "./story.ts";
import { sourceOf, version } from "./versions.ts";

const LINES_A_SECOND = 500;

/** Returns when the signal fires. */
export async function stay(story: Story, watcher: Watcher, signal: AbortSignal): Promise<void> {
  const file = sourceOf("live");
  watcher.event(`edit ${file} and save it: it is swapped in. Ctrl-C ends this.`, "plain");
  let building: Promise<void> = Promise.resolve();
  const change = () => {
    building = building.then(() => moult(story, watcher));
  };
  const files = watch([file], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 },
  });
  files.on("change", change).on("add", change);
  try {
    await flow(story, signal);
  } finally {
    await files.close();
    await building;
  }
}

async function moult(story: Story, watcher: Watcher): Promise<void> {
  try {
    const next = await version("live", () => {});
    await story.swap(next.wasm, "live", next.version);
  } catch (error) {
    watcher.event(
      `not swapped, ${story.plugin.version} still serves: ${(error as Error).message}`,
      "refused",
    );
  }
}

async function flow(story: Story, signal: AbortSignal): Promise<void> {
  for (;;) {
    for (const line of sample(10_000)) {
      if (signal.aborted) return;
      await story.feed(line);
      if (story.line % (LINES_A_SECOND / 20) === 0) await pause(50, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
