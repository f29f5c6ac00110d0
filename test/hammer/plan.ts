/** Plans: the steps of an episode, drawn from a seed before anything runs. */
import type { Gap } from "./gap.ts";
import type { Choices } from "./life.ts";
import { answersLater, MODES, type Mode } from "./mode.ts";
import { kindOf, type Op } from "./op.ts";
import { Random, seedOf } from "./random.ts";
import type {
  CallStep,
  Granted,
  ProbationPlan,
  SourcePlan,
  Step,
  SwapStep,
  Turn,
  VerifyPlan,
} from "./step.ts";
import { probationOptions } from "./swapping.ts";

export interface Plan {
  readonly mode: string;
  readonly seed: number;
  /** Calls between two snapshots of a store. */
  readonly checkpoint: number;
  /** Calls that an instance of a version that tires can do. */
  readonly strength: number;
  readonly steps: readonly Step[];
}

/** The plan of one episode. */
export function planOf(mode: Mode, seed: number, length: number): Plan {
  const random = new Random(seedOf(seed, "plan"));
  const steps = new Planner(mode, random).steps(length);
  const [checkpoint, strength] = [random.pick([1, 3, 20, 10_000]), random.whole(1, 12)];
  return { mode: mode.name, seed, checkpoint, strength, steps };
}

/** What is chosen once for each life. */
export function choicesOf({ seed, mode, strength }: Plan, life: number): Choices {
  const random = new Random(seedOf(seed, "life", life));
  const planner = new Planner(modeOf(mode), random);
  const probation = random.chance(0.7) ? probationOptions(planner.probation()) : undefined;
  return {
    queue: random.chance(0.15) ? random.whole(1, 12) : 1024,
    strength,
    restarts: random.pick([1, 3, 1000]),
    follow: { backoff: random.pick([0, 1, 5]), ...(probation && { probation }) },
  };
}

export function modeOf(name: string): Mode {
  const found = MODES.find((each) => each.name === name);
  if (!found)
    throw new Error(`there is no mode ${name}; there are ${MODES.map((each) => each.name).join(", ")}`);
  return found;
}

const CALLS: Readonly<Partial<Record<Op, number>>> = {
  add: 30,
  note: 6,
  take: 6,
  glance: 6,
  lookAt: 10,
  actOn: 10,
  both: 6,
  keep: 2,
  hoard: 2,
  peek: 5,
  more: 4,
  breakEarly: 0.2,
  breakLate: 0.2,
};

/** Versions, by how often they come. */
const SOURCES = { one: 3, two: 4, wide: 2, moved: 2, back: 5, differs: 2, tired: 2, idle: 1 };

class Planner {
  readonly #mode: Mode;
  readonly #random: Random;
  readonly #ops: Record<Op, number>;
  /** Steps until the next checkpoint. */
  #until = 0;
  /** Steps that are left of a storm: of one thing upon another, with few calls between. */
  #storm = 0;

  constructor(mode: Mode, random: Random) {
    this.#mode = mode;
    this.#random = random;
    const asksFor = (op: string) => (kindOf(op as Op).asks as readonly string[]).includes("act");
    // A store that answers later takes effects of a suspended guest only.
    const left = mode.store === "later" && !mode.suspends && !mode.worker ? asksFor : () => false;
    this.#ops = Object.fromEntries(Object.entries(CALLS).filter(([op]) => !left(op))) as Record<Op, number>;
  }

  steps(length: number): Step[] {
    const steps: Step[] = [];
    this.#until = this.#random.whole(20, 150);
    while (steps.length < length) {
      if (--this.#until <= 0) {
        steps.push({ do: "checkpoint" });
        this.#until = this.#random.whole(20, 150);
      }
      // Calls come in bursts: of nothing else are there many at a time.
      const step = this.#step();
      const times = step.do === "call" && this.#random.chance(0.1) ? this.#random.whole(2, 15) : 1;
      for (let i = 0; i < times; i++) steps.push(step);
      const then = this.#gap();
      if (then) steps[steps.length - 1] = { ...step, then };
    }
    return steps.slice(0, length);
  }

  #step(): Step {
    const random = this.#random;
    const follows = this.#mode.follow;
    const stores = this.#mode.store !== "none";
    if (this.#storm-- <= 0 && random.chance(0.02)) this.#storm = random.whole(5, 30);
    const kind = random.weighted({
      call: this.#storm > 0 ? 15 : 70,
      swap: follows ? 2 : 9,
      change: follows ? 8 : 0,
      rollback: 3,
      accept: 1.5,
      snapshot: 1.5,
      mirror: 1.5,
      report: 1,
      "end-mirror": 0.7,
      widen: 0.2,
      reopen: 0.7,
      "fail-store": stores ? 1 : 0,
      break: 0.7,
      listen: 0.7,
      mend: 12,
    });
    switch (kind) {
      case "call":
        return this.#call(true);
      case "swap":
        return this.#swap(true);
      case "change":
        return { do: "change", source: this.#source() };
      case "rollback":
        return { do: kind, discard: random.chance(0.3), ...this.#drain(), ...this.#abort(0.1) };
      case "mirror":
        return this.#mirror();
      case "reopen": {
        const from = random.chance(0.7) ? "kept" : "fresh";
        return { do: kind, from, linger: random.whole(0, 8), ...this.#drain(0.5) };
      }
      case "fail-store":
        return { do: kind, nth: random.whole(1, 6) };
      case "break": {
        const turn = random.weighted<Turn>({ start: 2, restored: 3, check: 3, stop: 1 });
        return { do: kind, turn, wrong: random.pick(["trap", "wrong"]), nth: random.whole(1, 4) };
      }
      case "listen": {
        const during = random.chance(0.6) ? { during: this.#inner() } : {};
        return { do: kind, to: random.pick(["transition", "trap"]), throws: random.chance(0.5), ...during };
      }
      default:
        return { do: kind };
    }
  }

  /** A step inside of another one. */
  #inner(): Step {
    const random = this.#random;
    const kind = random.weighted({
      call: 3,
      swap: 3,
      rollback: 2,
      accept: 1,
      snapshot: 1,
      mirror: 1,
      reopen: 0.3,
    });
    switch (kind) {
      case "call":
        return this.#call(false);
      case "swap":
        return this.#swap(false);
      case "rollback":
        return { do: kind, discard: random.chance(0.3), ...this.#drain() };
      case "mirror":
        return this.#mirror();
      case "reopen":
        return { do: kind, from: "kept", linger: 3, ...this.#drain() };
      default:
        return { do: kind };
    }
  }

  #call(outer: boolean): CallStep {
    const random = this.#random;
    const op = random.weighted(this.#ops);
    const how = random.weighted({ call: 70, sync: answersLater(this.#mode) ? 2 : 18, within: 12 });
    const bounded =
      how !== "within" ? {} : random.chance(0.5) ? { timeout: random.whole(0, 4) } : this.#abort(1);
    const size = op === "hoard" && random.chance(0.1) ? 2_000_000 : random.whole(0, 200);
    const granted = this.#granted(outer);
    return {
      ...{ do: "call", op, size, how, ...bounded },
      ...(granted && { granted }),
      ...(random.chance(0.01) && { unfit: true }),
    };
  }

  #granted(outer: boolean): Granted | undefined {
    const random = this.#random;
    const delay = this.#mode.suspends ? this.#delay() : undefined;
    const during = outer && random.chance(0.04) ? this.#inner() : undefined;
    const fails = random.chance(this.#mode.restart ? 0.02 : 0.006)
      ? random.pick(["once", "once", "always"] as const)
      : undefined;
    if (!delay && !during && !fails) return undefined;
    return { ...(delay && { delay }), ...(during && { during }), ...(fails && { fails }) };
  }

  #delay(): Gap | "held" | undefined {
    const random = this.#random;
    switch (random.weighted({ none: 30, micro: 30, turns: 35, held: 2 })) {
      case "micro":
        return { micro: random.whole(1, 5) };
      case "turns":
        return { turns: random.whole(1, 6) };
      case "held":
        return "held";
      default:
        return undefined;
    }
  }

  #swap(outer: boolean): SwapStep {
    const random = this.#random;
    const dryRun = random.chance(0.15);
    return {
      do: "swap",
      source: this.#source(),
      ...(dryRun && { dryRun, ...(random.chance(0.3) && { answers: true }) }),
      ...(random.chance(0.4) && { supersede: true }),
      ...(random.chance(0.04) && { reset: true }),
      ...this.#drain(),
      ...(random.chance(0.03) && { timeout: random.whole(0, 8) }),
      ...this.#abort(0.12),
      ...(random.chance(0.3) && { verify: this.#verify(outer) }),
      ...(random.chance(0.02) && { warm: true }),
      ...(random.chance(0.55) && { probation: this.probation() }),
    };
  }

  #source(): SourcePlan {
    const random = this.#random;
    const as = random.weighted({ bytes: 40, module: 40, response: 25, missing: 1, junk: 1 });
    const version = random.weighted(SOURCES);
    if (as !== "response" || random.chance(0.2)) return { version, as };
    return { version, as, slow: this.#time() };
  }

  #verify(outer: boolean): VerifyPlan {
    const random = this.#random;
    return {
      verdict: random.weighted({ accepts: 8, refuses: 1, throws: 1 }),
      both: random.chance(0.4),
      acts: random.chance(0.1) && "actOn" in this.#ops,
      ...(random.chance(0.5) && { slow: this.#time() }),
      ...(outer && random.chance(0.3) && { during: this.#inner() }),
    };
  }

  #mirror(): Step {
    const random = this.#random;
    const lag = random.chance(0.3) ? { lag: random.whole(0, 6) } : {};
    const slow = { as: "response", slow: this.#time() } as const;
    const source = random.chance(0.6) ? { ...this.#source(), ...slow } : this.#source();
    return {
      do: "mirror",
      source,
      sample: random.pick([0, 0.3, 1]),
      ...lag,
      ...this.#drain(),
      ...this.#abort(0.1),
    };
  }

  probation(): ProbationPlan {
    const random = this.#random;
    const maxErrorRate = random.chance(0.4) ? { maxErrorRate: random.pick([0, 0.2, 0.5]) } : {};
    return {
      ...maxErrorRate,
      ...(random.chance(0.4) && { calls: random.whole(1, 25) }),
      ...(random.chance(0.15) && { duration: random.whole(0, 20) }),
      ...(random.chance(0.5) && { minCalls: random.whole(1, 10) }),
      ...(random.chance(0.2) && { bad: random.pick(["all", "some", "throws"]) }),
      ...(random.chance(0.2) && { journal: { calls: random.whole(1, 12) } }),
      ...(random.chance(0.3) && { whenFull: random.pick(["accept", "rollback"]) }),
    };
  }

  /** Seldom a bound so near that it is met. */
  #drain(share = 0.06): { readonly drain?: number } {
    const random = this.#random;
    return random.chance(share) ? { drain: random.whole(0, 3) } : {};
  }

  #abort(share: number): { readonly abort?: Gap } {
    return this.#random.chance(share) ? { abort: this.#time() } : {};
  }

  #time(): Gap {
    const random = this.#random;
    switch (random.weighted({ micro: 3, turns: 6, ms: 1 })) {
      case "micro":
        return { micro: random.whole(0, 30) };
      case "turns":
        return { turns: random.whole(1, 20) };
      default:
        return { ms: random.whole(0, 5) };
    }
  }

  #gap(): Gap | undefined {
    const random = this.#random;
    switch (random.weighted({ none: 40, micro: 25, turns: 33, ms: 1 })) {
      case "micro":
        return { micro: random.whole(1, 12) };
      case "turns":
        return { turns: random.whole(1, 5) };
      case "ms":
        return { ms: random.whole(0, 3) };
      default:
        return undefined;
    }
  }
}
