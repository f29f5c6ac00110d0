/** Limits: what a guest may use. */

/** Of each instance of a plugin. What is left out has no limit but the engine's own. */
export interface Limits {
  /**
   * Units of fuel for a call, with all that belongs to it: about an instruction each. A call that takes more
   * ends as a trap does: `[out-of-fuel]`. The same call of the same module takes the same in every engine.
   * @default no limit
   */
  readonly fuel?: number;
  /**
   * Units of fuel for each hook: the start, a save, a restore, a check, the stop; and for each call that is run
   * again after a restart or in a rollback.
   * @default 100 times `fuel`
   */
  readonly hookFuel?: number;
  /**
   * Milliseconds that the guest may take for a call, without the time of the grants that it calls; only with
   * `isolation: "worker"`. A call that takes longer is stopped, whatever it does, and ends as a trap does:
   * `[out-of-time]`.
   * @default 10_000
   */
  readonly deadline?: number;
  /**
   * Milliseconds for each hook: the start, a save, a restore, a check, the stop; and for each call that is run
   * again after a restart or in a rollback.
   * @default 10 times `deadline`
   */
  readonly hookDeadline?: number;
  /**
   * Bytes of memory, in whole pages of 65,536. The guest finds that its memory cannot grow any more; a module
   * that begins with more is refused: `[too-large]`. Its tables may take as much besides, at 64 bytes an element; a module
   * with types of objects, which live in the host's own memory, is refused.
   * @default no limit
   */
  readonly memory?: number;
}

/** Units of fuel for each call, and for each hook. */
export interface Fuel {
  readonly call: number;
  readonly hook: number;
}

/** The fuel of one instance. */
export interface Tank {
  /**
   * Calls have the fuel of a hook: they are run again, and have to come to the same end under a limit that was
   * lowered meanwhile.
   */
  again: boolean;
  fill(what: keyof Fuel): void;
  /** Units that were used since it was filled. */
  readonly used: number;
  /** An error that came out of the guest: as one of its own code, or as the end of its fuel. */
  blame(error: unknown): unknown;
  /** The same function, with a full tank at each call. @param later whether it answers a promise */
  metered(
    call: (...args: never[]) => unknown,
    what: keyof Fuel,
    later: boolean,
  ): (...args: never[]) => unknown;
}

/** How a module is metered. */
export interface Metering {
  /** The exports that are not the module's own: the one that fills the tank, and the one that says what is left. */
  readonly exports: readonly [fill: string, left: string];
  readonly fuel: Fuel;
  tank(exports: Readonly<Record<string, unknown>>): Tank;
  /** Gives the stack of an error the offsets that its author's source map knows. */
  relocate(error: Error): void;
}

/** Milliseconds for each call, and for each hook. */
export interface Deadline {
  readonly call: number;
  readonly hook: number;
}

export const NO_LIMITS: CheckedLimits = { fuel: undefined, pages: undefined };

export const DEADLINE: Deadline = { call: 10_000, hook: 100_000 };

/** A guest took too long in its thread, which has ended with it. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
  /** What was under way, and the milliseconds that it had. */
  readonly what: keyof Deadline;
  readonly milliseconds: number;

  constructor(what: keyof Deadline, milliseconds: number) {
    const option = what === "call" ? "limits.deadline" : "limits.hookDeadline";
    super(`it took longer than the ${milliseconds} ms of a ${what} (${option}), and was stopped`);
    this.what = what;
    this.milliseconds = milliseconds;
  }
}

/** A guest has used up its fuel: its instance has ended. */
export class OutOfFuel extends Error {
  override readonly name = "OutOfFuel";
  /** What was under way, and the units that it had. */
  readonly what: keyof Fuel;
  readonly units: number;

  constructor(what: keyof Fuel, units: number, cause: unknown) {
    const option = what === "call" ? "limits.fuel" : "limits.hookFuel";
    super(`it used up the fuel of a ${what}, ${units.toLocaleString("en-US")} units (${option})`, { cause });
    this.what = what;
    this.units = units;
  }
}

/** Limits that were checked, with all that follows from them. */
export interface CheckedLimits {
  readonly fuel: Fuel | undefined;
  /** Pages of memory. */
  readonly pages: number | undefined;
  /** Of a plugin in a thread of its own. */
  readonly deadline?: Deadline | undefined;
  /** Whether the fuel was not asked for: a module that came compiled does without. */
  readonly byItself?: boolean;
}
