/** Versions that were built, taken one after the other: of the waiting ones only the newest is taken. */
import type { BuildResult } from "../../dev/maker.ts";
import type { WatchTimes } from "../../dev/watch.ts";
import type { LivePlugin, Taken } from "./live-plugin.ts";

export interface OffersView {
  taken(taken: Taken, made: BuildResult, times: WatchTimes): void;
}

export interface Offers {
  offer(made: BuildResult, times: WatchTimes): void;
  /** Loads with a fresh state. */
  renew(made: BuildResult | undefined): void;
  /** A build failed, so there is nothing to take. */
  failed(): void;
  /** Resolves when the first version has been taken, or has failed. */
  readonly first: Promise<void>;
  /** Resolves when no version is being taken. */
  idle(): Promise<void>;
}

interface Offer {
  readonly made: BuildResult;
  readonly times: WatchTimes;
  readonly fresh: boolean;
}

export function offers(plugin: LivePlugin, view: OffersView): Offers {
  let next: Offer | undefined;
  let working: Promise<void> | undefined;
  let refused: WatchTimes | undefined;
  let begun: () => void;
  const first = new Promise<void>((done) => {
    begun = done;
  });

  async function work(): Promise<void> {
    for (let offer = next; offer !== undefined; offer = next) {
      next = undefined;
      const { made, times, fresh } = offer;
      // The optimized build of a save that was refused: it would be refused for the same reason.
      if (made.optimize === "release" && times === refused && !fresh) continue;
      const taken = await (fresh ? plugin.renew(made) : plugin.take(made));
      refused = taken.kind === "refused" ? times : undefined;
      view.taken(taken, made, times);
      begun();
    }
    working = undefined;
  }
  const add = (offer: Offer): void => {
    next = offer;
    working ??= work();
  };

  return {
    offer: (made, times) => add({ made, times, fresh: false }),
    renew(made) {
      if (made !== undefined) {
        add({ made, times: { saved: undefined, noticed: Date.now() }, fresh: true });
      }
    },
    failed: () => begun(),
    first,
    idle: async () => working,
  };
}
