/** What the steps of a rehearsal share: the two versions, and the report. */
import type { Contract, Examined, LoadOptions, Plugin } from "../../mod.ts";

/** A step of a rehearsal in the report. */
export interface RehearsalStep {
  readonly name: StepName;
  readonly outcome: "ok" | "failed" | "note";
  readonly text: string;
  /** For a step about answers: the versions that were compared. */
  readonly of?: "old" | "between" | "new";
}

export type StepName = "load" | "drive" | "save" | "restore" | "round-trip" | "swap" | "answers" | "thread";

export interface PlayOptions {
  readonly from: Examined;
  readonly to: Examined;
  /** The report. */
  readonly steps: RehearsalStep[];
  readonly onStep: (doing: string) => void;
  readonly source: (which: "old" | "new") => Uint8Array;
  readonly load: (which: "old" | "new", options: Loading) => Promise<Plugin>;
}

export interface Loading extends Pick<LoadOptions, "state"> {
  readonly contract?: Contract;
}

export class Play {
  readonly from: Examined;
  readonly to: Examined;
  /** `visits 1.0.0` */
  readonly old: string;
  readonly new: string;
  /** Whether both are the same module. */
  readonly alone: boolean;
  readonly source: PlayOptions["source"];
  readonly load: PlayOptions["load"];
  readonly onStep: PlayOptions["onStep"];
  readonly #steps: RehearsalStep[];
  #at: StepName = "load";

  constructor({ from, to, steps, onStep, source, load }: PlayOptions) {
    this.from = from;
    this.to = to;
    const [one, other] = [from, to].map(({ manifest }) => `${manifest.name} ${manifest.version}`);
    this.alone = from.digest !== undefined && from.digest === to.digest;
    this.old = one !== other || this.alone ? one! : `the old ${one}`;
    this.new = this.alone ? `another ${other}` : one === other ? `the new ${other}` : other!;
    this.source = source;
    this.load = load;
    this.onStep = onStep;
    this.#steps = steps;
  }

  /** Begins a step: an error from now on is its failure. */
  enter(name: StepName): void {
    this.#at = name;
  }

  /** Adds a step to the report. @default outcome "ok"; name the step that was entered */
  say(
    text: string,
    { name = this.#at, outcome = "ok", of }: Partial<Omit<RehearsalStep, "text">> = {},
  ): void {
    this.#steps.push({ name, outcome, text, ...(of && { of }) });
  }
}
