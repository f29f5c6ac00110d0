/** The story of the demo: one plugin, moulting four times under a log that does not stop. */
import { load, type Plugin, PluginError, type Transition, type View } from "moult";
import { LogHandler, LogHandler2 } from "./contract.ts";
import type { Input } from "./input.ts";
import { PlainCount } from "./plain-count.ts";
import { shortly } from "./told.ts";
import { version } from "./versions.ts";

/** Shows what happens. */
export interface Watcher {
  readonly progress: (story: Story) => void;
  readonly event: (text: string, kind: "good" | "refused" | "plain") => void;
}

/** A swap under way, in an object, so that awaiting the object does not await the swap. */
interface Swap {
  readonly swapped: Promise<void>;
}

export interface Generation {
  readonly generation: number;
  readonly version: string;
  /** The first line that it handled, counted from 1. */
  readonly firstLine: number;
}

/** The number of the call in which `broken-trap` traps. */
const TRAP = 501;
/** Where in the log things happen: as shares of it, or in lines for a pipe, whose length is unknown. */
const CHAPTERS = [
  { part: 1 / 3, line: 1_000, name: "v2" },
  { part: 1 / 2, line: 1_500, name: "broken-restore" },
  { part: 2 / 3, line: 2_000, name: "v3" },
  { part: 3 / 4, line: 2_500, name: "broken-forget" },
  { part: 5 / 6, line: 3_000, name: "broken-trap" },
] as const;

export class Story {
  readonly plain = new PlainCount();
  readonly generations: Generation[] = [];
  readonly refused: { version: string; code: string; phase: string; reason: string }[] = [];
  readonly rolledBack: { version: string; reason: string; replayed: number }[] = [];
  readonly pausesMs: number[] = [];
  /** Where in the log something did not come to serve, or went back. */
  readonly marks: { at: number; kind: "refused" | "back" }[] = [];
  /** How many lines there are to be; unknown for a pipe. */
  total: number | undefined;
  /** Whether the log is over, and the sample flows on. */
  staying = false;
  stateBytes = 0;
  line = 0;
  /** The first line that a wide version handled. */
  wideSince = 0;
  readonly #watcher: Watcher;
  readonly #plugin: Plugin<typeof LogHandler>;
  #wide: View<typeof LogHandler2> | undefined;
  #pending: Swap | undefined;

  private constructor(plugin: Plugin<typeof LogHandler>, watcher: Watcher) {
    this.#plugin = plugin;
    this.#watcher = watcher;
    plugin.on("transition", (record) => this.#onSwap(record));
  }

  static async begin(watcher: Watcher): Promise<Story> {
    const first = await version("v1", (version) => building(watcher, version));
    const story = new Story(await load(LogHandler, first.wasm), watcher);
    // A dry run of a swap to itself reports the size of the state before the first swap does.
    const { stateBytes } = await story.#plugin.swap(first.wasm, { dryRun: true });
    story.stateBytes = stateBytes;
    return story;
  }

  get plugin(): Plugin<typeof LogHandler> {
    return this.#plugin;
  }

  /**
   * Feeds all of the input (or as much as there was when the signal fired), and changes the plugin on the
   * way.
   */
  async tell({ lines, total }: Input, signal: AbortSignal): Promise<void> {
    this.total = total;
    const chapters = CHAPTERS.map(({ part, line, name }) => ({
      at: total === undefined ? line : Math.max(1, Math.floor(span(total) * part)),
      name,
    }));
    for await (const line of lines) {
      if (signal.aborted) break;
      while (chapters[0] && this.line >= chapters[0].at) {
        await this.#pending?.swapped;
        this.#pending = await this.#turn(chapters.shift()!.name);
      }
      // The last lines are for the version that traps.
      if (total !== undefined && total - this.line <= TRAP) await this.#pending?.swapped;
      await this.feed(line);
    }
    for (const { name } of signal.aborted ? [] : chapters) {
      await this.#pending?.swapped;
      this.#pending = await this.#turn(name);
    }
    await this.#pending?.swapped;
    await this.#provoke();
    this.#watcher.progress(this);
  }

  /** Makes the version that traps get its calls when the log is too short for the trap. */
  async #provoke(): Promise<void> {
    const traps = () => this.#plugin.version.endsWith("broken.trap");
    if (!traps()) return;
    this.#watcher.event(
      `the log ended before ${this.#plugin.version} trapped: it is asked for its report until it does`,
      "plain",
    );
    for (let calls = 0; traps() && calls < TRAP; calls++) await this.#plugin.call.report();
  }

  /** Gives one line to the plugin, and to the plain count. */
  async feed(line: string): Promise<void> {
    this.line++;
    this.#notice();
    await this.#plugin.call.handle(line);
    this.plain.add(line, this.wideSince > 0);
    // Gives timers and the compiler's promises a turn now and then.
    if (this.line % 64 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#watcher.progress(this);
    }
  }

  /** The report of the serving version. */
  async report() {
    const wide = await this.#wide?.call.report();
    return {
      ...(await this.#plugin.call.report()),
      bytes: wide?.bytes ?? 0n,
      topPaths: wide?.topPaths ?? [],
    };
  }

  /** Swaps to a version, which may be refused, while the log flows on. */
  async swap(wasm: Uint8Array, name: string, wanted: string): Promise<Transition | undefined> {
    const clients = (await this.#plugin.call.report()).clients;
    try {
      const record = await this.#plugin.swap(wasm, {
        verify: async (twin) => {
          const { clients: kept } = await twin.call.report();
          if (kept < clients) throw new Error(`it knows ${kept} of ${clients} clients`);
        },
        ...(name === "broken-trap" && { probation: {} }),
      });
      this.pausesMs.push(record.pause);
      this.stateBytes = record.stateBytes;
      this.#watcher.event(
        `swapped to ${wanted}: ${record.stateBytes} bytes of state, paused ${record.pause.toFixed(3)} ms`,
        "good",
      );
      return record;
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      this.refused.push({
        version: wanted,
        code: error.code,
        phase: error.phase ?? "",
        reason: error.message,
      });
      this.marks.push({ at: this.line, kind: "refused" });
      this.#watcher.event(`refused ${wanted}: ${shortly(error)}`, "refused");
      return undefined;
    }
  }

  /**
   * Builds a version (the lines wait, because the compiler has this thread) and begins its swap, under which
   * they flow again.
   */
  async #turn(name: string): Promise<Swap> {
    const next = await version(name, (version) => building(this.#watcher, version));
    const swapped = this.swap(next.wasm, name, next.version).then((record) => {
      if (record && name === "v2") this.#wide = this.#plugin.as(LogHandler2);
    });
    return { swapped };
  }

  /** Records which version handles which lines. */
  #notice(): void {
    const { generation, version: now } = this.#plugin;
    if (this.generations.at(-1)?.generation === generation) return;
    this.generations.push({ generation, version: now, firstLine: this.line });
    if (this.wideSince === 0 && !now.startsWith("1.")) this.wideSince = this.line;
  }

  /**
   * A version on probation trapped and was rolled back, and its lines were counted again by the version
   * before.
   */
  #onSwap({ outcome, from, to, cause, replayed }: Transition): void {
    if (outcome !== "rolled-back") return;
    const reason = cause?.message ?? "";
    const calls = replayed?.calls ?? 0;
    this.rolledBack.push({ version: from.version, reason, replayed: calls });
    this.marks.push({ at: this.line, kind: "back" });
    const why = cause ? shortly(cause) : "";
    this.#watcher.event(
      `rolled ${from.version} back: ${why}; ${to?.version} ran ${calls} calls again`,
      "refused",
    );
  }
}

/** The least number of lines for the trap, with some lines before it for every version. */
const ENOUGH = TRAP + 99;

/**
 * The number of lines that the chapters are shares of: all, or fewer if otherwise too few would be left for
 * the trap.
 */
function span(total: number): number {
  const last = CHAPTERS[CHAPTERS.length - 1]!.part;
  return total < ENOUGH ? total : Math.min(total, (total - TRAP) / last);
}

function building(watcher: Watcher, version: string): void {
  watcher.event(`building ${version}, which takes a moment; it is kept for the next start`, "plain");
}
