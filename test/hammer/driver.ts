/** The driver: does the steps of a plan to one plugin, and knows what is outstanding. */
import { type Mirror, PluginError, type Transition } from "moult";
import { makeCall } from "./calling.ts";
import type { Life } from "./life.ts";
import { More } from "./op.ts";
import { allowedOfMirror, allowedOfRollback, allowedOfSnapshot, allowedOfSwap, type Facts } from "./rules.ts";
import { stateOf } from "./state.ts";
import { lineOf, type Step } from "./step.ts";
import { abortedAfter, mirrorOptions, swapOptions } from "./swapping.ts";
import type { Tally } from "./tally.ts";
import type { Asked } from "./trail.ts";
import { kindOfVersion } from "./version.ts";
import { Planned } from "./world.ts";

/** What is under way. */
export interface Outstanding {
  readonly step: Step;
  readonly life: Life;
}

/** A mirror, and what it mirrors. */
interface Mirrored {
  readonly life: Life;
  readonly mirror: Mirror;
  readonly version: string;
  /** What served when it was asked for, and when it began. */
  readonly incumbents: readonly [string, string];
}

type Of<D extends Step["do"]> = Extract<Step, { do: D }>;

export class Driver {
  life!: Life;
  /** A new life is on its way. */
  reopening: Promise<void> | undefined;
  readonly outstanding = new Set<Outstanding>();
  #mirrored: Mirrored | undefined;
  /** Granted functions of the plugin that are on the stack. */
  #depth = 0;
  readonly #tally: Tally;
  readonly #begin: (step: Of<"reopen">) => Promise<void>;

  /** @param reopen begins a new life in place of this one */
  constructor(tally: Tally, reopen: (step: Of<"reopen">) => Promise<void>) {
    this.#tally = tally;
    this.#begin = reopen;
  }

  /** Does a step inside of another one, in a grant or a listener. */
  nested(step: Step): void {
    this.#depth++;
    try {
      this.perform(step);
    } finally {
      this.#depth--;
    }
  }

  /** Does a step. What takes time is outstanding from then on. */
  perform(step: Step): void {
    switch (step.do) {
      case "call":
        this.#call(step);
        break;
      case "swap":
        this.#swap(step);
        break;
      case "rollback":
        this.#rollback(step);
        break;
      case "accept":
        this.#accept();
        break;
      case "snapshot":
        this.#snapshot(step);
        break;
      case "mirror":
        this.#mirror(step);
        break;
      case "report":
        this.#report(step);
        break;
      case "end-mirror":
        this.#mirrored?.mirror.close();
        break;
      case "widen":
        this.#widen();
        break;
      case "reopen":
        this.#reopen(step);
        break;
      case "fail-store":
        this.life.options.store?.failAt(step.nth);
        break;
      case "break":
        this.life.world.arm(step.turn, step.wrong, step.nth);
        break;
      case "change":
        this.life.source?.change(this.life.options.versions.source(step.source));
        break;
      case "listen":
        this.#listen(step);
        break;
      case "mend":
        this.#mend();
        break;
      case "checkpoint":
        break;
    }
  }

  /** Keeps it among what is under way until it settles, and no error of it goes unseen. */
  #under(step: Step, promise: Promise<unknown>): void {
    const one: Outstanding = { step, life: this.life };
    this.outstanding.add(one);
    const over = () => void this.outstanding.delete(one);
    promise.then(over, (error) => {
      over();
      this.#tally.say(
        `${lineOf(step)} was rejected: ${error instanceof Error ? error.stack : String(error)}`,
      );
    });
  }

  #call(step: Of<"call">): void {
    if (step.op === "more" && !this.life.wider) return;
    this.#tally.calls++;
    const end = makeCall(this.life, step, this.#depth > 0);
    if (end) this.#under(step, end);
  }

  #swap(step: Of<"swap">): void {
    const { life } = this;
    this.#tally.swaps++;
    const { reset = false, dryRun, probation } = step;
    const asked: Asked = {
      what: dryRun ? "rehearsal" : "swap",
      reset,
      discard: false,
      probation: probation !== undefined,
    };
    const source = life.options.versions.source(step.source);
    const options = swapOptions(life, step, (inner) => this.nested(inner));
    const under = life.plugin.swap(source, options).then(
      (record) => this.#recorded(life, record, asked),
      (error) => this.#refused(life, step, { error, asked, allowed: (facts) => allowedOfSwap(step, facts) }),
    );
    this.#under(step, under);
  }

  #rollback(step: Of<"rollback">): void {
    const { life } = this;
    const { discard, drain, abort } = step;
    const asked: Asked = { what: "rollback", reset: false, discard, probation: false };
    const options = {
      discard,
      ...(drain !== undefined && { drain }),
      ...(abort && { signal: abortedAfter(abort) }),
    };
    const under = life.plugin.rollback(options).then(
      (record) => this.#recorded(life, record, asked),
      (error) =>
        this.#refused(life, step, { error, asked, allowed: (facts) => allowedOfRollback(step, facts) }),
    );
    this.#under(step, under);
  }

  #accept(): void {
    const { life } = this;
    const record = life.plugin.accept();
    if (record) {
      this.#recorded(life, record, { what: "accept", reset: false, discard: false, probation: false });
    }
  }

  #snapshot(step: Of<"snapshot">): void {
    const { life } = this;
    const from = life.trail.sights.length;
    const under = life.plugin.snapshot().then(
      async (bytes) => {
        const { count, chain } = await stateOf(bytes);
        life.trail.sights.push({ at: "looked", from, what: "a snapshot", count, chain });
      },
      (error) => this.#refused(life, step, { error, allowed: allowedOfSnapshot }),
    );
    this.#under(step, under);
  }

  #mirror(step: Of<"mirror">): void {
    const { life } = this;
    const source = life.options.versions.source(step.source);
    const { version: before } = life.plugin;
    const under = life.plugin.mirror(source, mirrorOptions(step)).then(
      (mirror) => {
        const { version } = step.source;
        this.#mirrored = { life, mirror, version, incumbents: [before, life.plugin.version] };
      },
      (error) => this.#refused(life, step, { error, allowed: (facts) => allowedOfMirror(step, facts) }),
    );
    this.#under(step, under);
  }

  #report(step: Step): void {
    const mirrored = this.#mirrored;
    if (mirrored) this.#under(step, this.#reported(mirrored));
  }

  async #reported({ life, mirror, version, incumbents: [asked, began] }: Mirrored): Promise<void> {
    const { calls, compared, differing } = await mirror.report();
    if (asked !== began || life.world.turnsFailed > 0) return;
    // Each answer names its version.
    const wanted = kindOfVersion(began).name === version ? 0 : compared;
    if (differing === wanted && compared <= calls) return;
    const found = `${differing} of ${compared} compared of ${calls} calls differing`;
    this.#tally.say(`a mirror of ${version} beside version ${began} found ${found}`);
  }

  #widen(): void {
    const { life } = this;
    if (life.wider) return;
    try {
      life.wider = life.plugin.as(More);
    } catch (error) {
      // A version that serves, comes or may come back has no such function.
      if (!(error instanceof PluginError) || !["mismatch", "closed"].includes(error.code)) throw error;
    }
  }

  #reopen(step: Of<"reopen">): void {
    if (this.reopening) return;
    this.reopening = this.#begin(step).finally(() => {
      this.reopening = undefined;
    });
    this.#under(step, this.reopening);
  }

  #listen({ to, during, throws }: Of<"listen">): void {
    const { life } = this;
    const end = life.plugin.on(to, () => {
      end();
      if (during) this.nested(during);
      if (!throws) return;
      life.thrown++;
      throw new Planned("a listener that was to fail");
    });
  }

  /** What trapped for good serves again after a swap that does without the state. */
  #mend(): void {
    if (!this.life.stuck) return;
    const source = { version: "back", as: "bytes" } as const;
    this.perform({ do: "swap", source, reset: true, supersede: true });
  }

  #recorded(life: Life, record: Transition, asked: Asked): void {
    if (life.trail.asked.has(record))
      this.#tally.say(`two answers have one record: ${JSON.stringify(record)}`);
    life.trail.asked.set(record, asked);
  }

  #refused(
    life: Life,
    step: Step,
    what: {
      readonly error: unknown;
      readonly asked?: Asked;
      readonly allowed: (facts: Facts) => Readonly<Record<string, boolean>>;
    },
  ): void {
    const { error, asked, allowed } = what;
    if (!(error instanceof PluginError)) {
      this.#tally.say(`${lineOf(step)}: no PluginError: ${error instanceof Error ? error.stack : error}`);
      return;
    }
    if (error.record && asked) this.#recorded(life, error.record, asked);
    if (!allowed(life.facts)[error.code]) {
      this.#tally.say(`${lineOf(step)} failed, and nothing accounts for it: ${error.message}`);
    }
  }
}
