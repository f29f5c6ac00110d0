/**
 * The mirror of a version on a node: it runs the calls of the stable one there, and answers none. It is a mirror as any
 * plugin may have (`plugin.mirror`), begun again where it ended.
 */
import { PluginError, reason } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { Plugin } from "../plugin.ts";
import type { Mirror } from "../swap/mirror.ts";
import { after, type Timers } from "../timer.ts";
import { releaseOf } from "./release.ts";
import type { Compared } from "./reports.ts";

export interface MirroredOptions {
  readonly version: string;
  readonly timers: Timers;
  readonly onFault: (error: unknown) => void;
}

/** Milliseconds before a mirror that ended begins again: twice as many each time that it failed. */
const [AGAIN, LONGEST] = [1_000, 60_000];
/** Calls that it may lag behind; beyond that it begins again. */
const LAG = 1_000;
/** Milliseconds that callers may have to wait until its state is copied. */
const DRAIN = 250;
/** It cannot begin while calls do not end, or while the plugin that it looks at restarts: no fault of its own. */
const PASSING = new Set(["busy", "deadline"]);
/** Examples, and characters of a reason. */
const [EXAMPLES, MOST] = [8, 200];

export class Mirrored {
  readonly version: string;
  readonly #fabric: Fabric;
  readonly #plugin: Plugin;
  readonly #options: MirroredOptions;
  #mirror: Mirror | undefined;
  /** What those before it came to. */
  #before: Compared;
  #tries = 0;
  #clear = () => {};
  #over = false;

  constructor(fabric: Fabric, plugin: Plugin, options: MirroredOptions) {
    this.version = options.version;
    this.#fabric = fabric;
    this.#plugin = plugin;
    this.#options = options;
    this.#before = { version: options.version, calls: 0, compared: 0, differing: 0, failed: 0, examples: [] };
    void this.#begin();
  }

  /** What its answers came to. Where it ended by itself it begins again. */
  get compared(): Compared {
    const mirror = this.#mirror;
    if (!mirror) return this.#before;
    const sum = this.#sum(mirror);
    const { ended, failed } = mirror.soFar;
    if (ended === undefined) return sum;
    this.#mirror = undefined;
    this.#before = sum;
    // One that fell behind has shown a part of the calls, and shows another one.
    if (!failed) this.#tries = 0;
    else this.#fail(ended);
    this.#later();
    return this.#before;
  }

  end(): void {
    this.#over = true;
    this.#clear();
    this.#mirror?.close();
    this.#mirror = undefined;
  }

  #sum(mirror: Mirror): Compared {
    const { calls, compared, differing } = mirror.soFar;
    const before = this.#before;
    const examples = mirror.differences.map(({ name, call }) => `${name}: its answer to call ${call}`);
    return {
      version: this.version,
      calls: before.calls + calls,
      compared: before.compared + compared,
      differing: before.differing + differing,
      failed: before.failed,
      examples: [...before.examples, ...examples].slice(0, EXAMPLES),
    };
  }

  #fail(why: string): void {
    const { failed, examples } = this.#before;
    const all = [...examples, why.slice(0, MOST)].slice(-EXAMPLES);
    this.#before = { ...this.#before, failed: failed + 1, examples: all };
  }

  #later(): void {
    if (this.#over) return;
    const wait = Math.min(LONGEST, AGAIN * 2 ** this.#tries++);
    const { timers } = this.#options;
    this.#clear = after(wait, () => void this.#begin(), { name: "again", unref: true, timers });
  }

  async #begin(): Promise<void> {
    try {
      const mirror = await this.#made();
      if (this.#over) mirror.close();
      else this.#mirror = mirror;
    } catch (error) {
      if (this.#over) return;
      if (!(error instanceof PluginError && PASSING.has(error.code))) this.#fail(reason(error));
      this.#options.onFault(error);
      this.#later();
    }
  }

  async #made(): Promise<Mirror> {
    const { name } = this.#plugin;
    const { version } = this;
    const release = await releaseOf(this.#fabric, name, version);
    const bytes = release && (await this.#fabric.blobs.get(release.digest));
    if (!bytes) {
      const why = `it was not published in ${this.#fabric.shown}`;
      throw new PluginError("not-found", `could not mirror ${name} ${version}: ${why}`);
    }
    // Who hosts it grants what its plan's versions ask for; effects are not made again.
    const approve = () => true;
    return this.#plugin.mirror(bytes, { integrity: release.digest, lag: LAG, drain: DRAIN, approve });
  }
}
