/** What the steps of a rehearsal share: the two versions, and who is told. */
import type { Contract, Examined, LoadOptions, Plugin } from "../../mod.ts";

/** A step of a rehearsal, as it is told. */
export interface RehearsalStep {
  readonly name: StepName;
  readonly outcome: "ok" | "failed" | "note";
  readonly text: string;
  /** Of a step about answers: whose they are. */
  readonly of?: "old" | "between" | "new";
}

export type StepName = "load" | "drive" | "save" | "restore" | "round-trip" | "swap" | "answers" | "thread";

export interface PlayOptions {
  readonly from: Examined;
  readonly to: Examined;
  /** Where steps are written down. */
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
  /** The two are one module. */
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

  /** From now on this is done: what fails, fails here. */
  enter(name: StepName): void {
    this.#at = name;
  }

  /** Writes a step down. @default outcome "ok"; name the step that was entered */
  say(
    text: string,
    { name = this.#at, outcome = "ok", of }: Partial<Omit<RehearsalStep, "text">> = {},
  ): void {
    this.#steps.push({ name, outcome, text, ...(of && { of }) });
  }
}
