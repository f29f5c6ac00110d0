/** Staying up: the sample flows on slowly, and every edit of `live.ts` changes the plugin under it. */
import { type WatchEvent, watch } from "moult/dev";
import { sample } from "./sample.ts";
import type { Story, Watcher } from "./story.ts";
import { shortly } from "./told.ts";
import { releaseOf, sourceOf } from "./versions.ts";

const LINES_A_SECOND = 500;

/** Returns when the signal fires. */
export async function stay(story: Story, watcher: Watcher, signal: AbortSignal): Promise<void> {
  const file = sourceOf("live");
  story.staying = true;
  story.total = undefined;
  const version = releaseOf("live");
  watcher.event(`edit ${file} and save it: it is swapped in. Ctrl-C ends this.`, "plain");
  let edited = false;
  let swapping: Promise<unknown> = Promise.resolve();
  const onEvent = (event: WatchEvent) => {
    edited ||= event.kind === "changed";
    if (!edited) return;
    if (event.kind === "failed") {
      watcher.event(`not built, ${story.plugin.version} still serves: ${shortly(event.error)}`, "refused");
    }
    if (event.kind === "made") {
      swapping = swapping.then(() => story.swap(event.made.wasm, "live", version));
    }
  };
  // Built quickly rather than for speed: a save is to be seen at once.
  await using source = watch(file, { version, optimize: "debug", onEvent });
  const leave = source.subscribe(() => {});
  await flow(story, signal);
  leave();
  await swapping;
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
