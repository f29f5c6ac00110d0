/** What happens to the handler's code: told as it happens, and counted. */
import type { Plugin, Transition } from "moult";
import { count } from "../screen.ts";
import type { Mark, Stretch } from "../strip.ts";
import { shortly } from "../told.ts";
import type { Handler } from "./contract.ts";
import type { Edit } from "./tour.ts";
import { ms, type ServerView } from "./view.ts";

interface Watched {
  readonly plugin: Plugin<typeof Handler>;
  /** Milliseconds since the load began. */
  readonly now: () => number;
}

/** What happened to the code, and who waits for it. */
export class Turns {
  readonly counts = { swapped: 0, refused: 0, failed: 0, "rolled-back": 0 };
  readonly stretches: Stretch[] = [];
  readonly marks: Mark[] = [];
  longestPause = 0;
  readonly #view: ServerView | undefined;
  readonly #plugin: Plugin<typeof Handler>;
  readonly #now: () => number;
  #waiting: { readonly ends: Edit["ends"]; readonly done: () => void } | undefined;

  constructor(view: ServerView | undefined, { plugin, now }: Watched) {
    this.#view = view;
    this.#plugin = plugin;
    this.#now = now;
    this.#serves();
    plugin.on("transition", (record) => this.#record(record));
  }

  /** Resolves when an edit has ended like that, or when the signal fires. */
  next(ends: Edit["ends"], signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      this.#waiting = { ends, done };
      signal.addEventListener("abort", () => done(), { once: true });
    });
  }

  failed(error: Error): void {
    this.#view?.say(`not built: ${shortly(error)}`, "refused");
    this.#count("failed");
  }

  #record({ outcome, to, pause, stateBytes, cause, replayed }: Transition): void {
    const why = cause ? shortly(cause) : "";
    if (outcome === "swapped") {
      this.longestPause = Math.max(this.longestPause, pause);
      const state = `${count(stateBytes)} bytes of state`;
      this.#view?.say(`swapped to generation ${to?.generation}: ${state}, paused ${ms(pause)}`, "good");
    } else if (outcome === "rolled-back") {
      const again = `it ran ${replayed?.calls ?? 0} calls again, paused ${ms(pause)}`;
      this.#view?.say(`back to generation ${to?.generation}: ${why}; ${again}`, "refused");
    } else if (outcome === "refused") this.#view?.say(`refused: ${why}`, "refused");
    else return;
    if (outcome !== "swapped")
      this.marks.push({ at: this.#now(), kind: outcome === "refused" ? "refused" : "back" });
    if (outcome !== "refused") this.#serves();
    this.#count(outcome);
  }

  #serves(): void {
    const { generation } = this.#plugin;
    this.stretches.push({ from: this.#now(), generation, version: String(generation) });
  }

  #count(ends: Edit["ends"]): void {
    this.counts[ends]++;
    if (this.#waiting?.ends === ends) this.#waiting.done();
  }
}
