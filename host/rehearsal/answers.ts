/** Answers: compares the answers of a generation with those of a generation that took over its state. */

import { difference } from "../../abi/state/difference.ts";
import type { Awaitable } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import type { Generation, State } from "../generation/generation.ts";
import { SharedHostCalls } from "../grant/recorded-answers.ts";
import { shownCall } from "../shown.ts";
import type { Answers, Differing, DifferingCall } from "../transition.ts";
import type { AskedCall } from "./asked.ts";
import { differing, type Outcome, outcome } from "./outcome.ts";

export interface Comparison {
  readonly calls: readonly AskedCall[];
  /** Makes a copy of the generation as it is. */
  readonly original: () => Awaitable<Generation>;
  /** Makes a fresh generation that takes over the state. */
  readonly crossed: (state: State | undefined) => Awaitable<Generation>;
  /** Compares two saved states. @returns where they differ */
  readonly states: (one: State, other: State) => Differing | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes the calls of a copy, lets its state cross, and makes them again on both sides: anything held outside
 * of the state is then missing on one of them. A function that traps on both sides is left out, and so is one
 * whose answers depend on something else that the host answers: they differ between two generations that took
 * over the same state, too.
 *
 * @throws PluginError `failed-save`, `failed-restore` and other errors of a crossing state; `argument`;
 * `aborted`
 */
export async function compareAnswers(comparison: Comparison): Promise<Answers> {
  const leftOut = new Map<string, string>();
  const trapped = new Map<string, DifferingCall>();
  for (;;) {
    const out = ({ name }: AskedCall) => leftOut.has(name) || trapped.has(name);
    const run = new Run({ ...comparison, calls: comparison.calls.filter((call) => !out(call)) });
    try {
      await run.all();
    } catch (error) {
      // A generation that trapped is useless: everything begins again, without the function.
      if (!(error instanceof Trap)) throw error;
      const { name, differs, why } = error;
      if (differs) trapped.set(name, differs);
      else leftOut.set(name, why);
      continue;
    } finally {
      run.discard();
    }
    for (const name of run.unsteady)
      leftOut.set(name, "it answers differently each time, with what its host answers");
    const differ = [...trapped.values(), ...run.differing.values()].filter(({ name }) => !leftOut.has(name));
    return {
      calls: run.compared,
      differing: differ,
      leftOut: [...leftOut].map(([name, why]) => ({ name, why })),
      ...(run.state && { state: run.state }),
    };
  }
}

/** A call trapped: on both sides, or on one of them, which is a difference. */
class Trap extends Error {
  override readonly name: string;
  readonly why: string;
  readonly differs: DifferingCall | undefined;

  constructor(name: string, why: string, differs?: DifferingCall) {
    super(why);
    this.name = name;
    this.why = why;
    this.differs = differs;
  }
}

/** Milliseconds of calls after which the event loop gets a turn. */
const TURN = 8;

/** Makes all calls once, until one traps. */
class Run {
  compared = 0;
  state: Differing | undefined;
  readonly differing = new Map<string, DifferingCall>();
  readonly unsteady = new Set<string>();
  readonly #comparison: Comparison;
  readonly #made: Generation[] = [];
  #turn = performance.now();

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
  }

  async all(): Promise<void> {
    const { calls, original, crossed } = this.#comparison;
    const one = this.#keep(await original());
    const before = new SharedHostCalls().side();
    one.answerFrom(before);
    for (const call of calls) {
      const { kind, value } = await this.#ask(one, call);
      if (kind === "trap") throw new Trap(call.name, value);
    }
    const state = await one.save();
    const other = this.#keep(await crossed(state));
    // A module without imports answers the same each time, and needs no third generation.
    const third = other.build.manifest.imports.length > 0 ? this.#keep(await crossed(state)) : undefined;
    const tape = new SharedHostCalls();
    for (const side of [one, other, third]) side?.answerFrom(tape.side());
    for (const call of calls) await this.#compare(call, { one, other, third });
    this.state = await this.#states(one, other, third);
  }

  discard(): void {
    for (const generation of this.#made.splice(0)) generation.discard();
  }

  async #compare(call: AskedCall, { one, other, third }: Sides): Promise<void> {
    const { name, args } = call;
    const was = await this.#ask(one, call);
    const is = await this.#ask(other, call);
    const again = third && (await this.#ask(third, call));
    const steady = !again || !differing(is, again);
    if (!steady) this.unsteady.add(name);
    const found = steady ? differing(was, is) : undefined;
    const before = this.differing.get(name);
    const differs = found && {
      ...(before ?? { name, call: shownCall(name, args), ...found }),
      times: (before?.times ?? 0) + 1,
    };
    const trap = [was, is, again].find((each): each is Outcome & { kind: "trap" } => each?.kind === "trap");
    if (trap) throw new Trap(name, trap.value, differs);
    if (differs) this.differing.set(name, differs);
    this.compared++;
  }

  /** The difference between the states after the calls, where the calls leave the same state each time. */
  async #states(
    one: Generation,
    other: Generation,
    third: Generation | undefined,
  ): Promise<Differing | undefined> {
    const [was, is, again] = [await one.save(), await other.save(), await third?.save()];
    if (!was || !is) return undefined;
    const steady = !again || difference(is.datum, again.datum) === -1;
    return steady ? this.#comparison.states(was, is) : undefined;
  }

  async #ask(generation: Generation, { name, slot, args }: AskedCall): Promise<Outcome> {
    if (performance.now() - this.#turn > TURN) {
      await new Promise((resolve) => setTimeout(resolve));
      this.#turn = performance.now();
    }
    if (this.#comparison.signal.aborted)
      throw new PluginError("aborted", "the comparison of answers was aborted");
    try {
      return await outcome(() => generation.calls[slot]!(...(args as never[])));
    } catch (error) {
      throw generation.failed(error, name);
    }
  }

  #keep(generation: Generation): Generation {
    this.#made.push(generation);
    return generation;
  }
}

interface Sides {
  readonly one: Generation;
  readonly other: Generation;
  readonly third: Generation | undefined;
}
