/** Several versions of a plugin behind one handle, each for its share of the calls. */
import { type Calls, type Contract, checkContract, type Functions } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import { isGroup, misfit, optionsOf } from "../option.ts";
import type { Plugin } from "../plugin.ts";
import { type Measured, Measures, type Tally } from "../remote/measures.ts";
import type { Patience } from "../remote/patience.ts";
import { now } from "../timer.ts";
import { type Choice, Chooser, type Decide } from "./choice.ts";
import { checkKey, type Keyed, keyed } from "./keyed.ts";
import { Notices } from "./notices.ts";
import { frozen, type Plan, type Planned, planOf } from "./plan.ts";

/** One of a split's versions: a plugin that was loaded, or anything else that has the contract's functions. */
export type Variant<F extends Functions> = Plugin | Plugin<F> | Keyed<F>;

export interface SplitOptions {
  /** For messages and `decide`. @default the name of the contract's interface */
  readonly name?: string;
  /** @default the plan decides */
  readonly decide?: Decide;
}

export interface SplitEvents {
  /** `decide` threw, or answered what the plan does not have. */
  readonly fault: unknown;
}

/** Several versions of a plugin, called as one. They stay their owner's: closing them is, too. */
export interface Split<F extends Functions = Functions> extends Keyed<F> {
  readonly name: string;
  /** The calls of one key: all of them go to the version that the plan picks for it. */
  by(key: string, choice?: Choice): Keyed<F>;
  readonly plan: Plan;
  /** Changes the shares. The salt stays where none is said, so that keys keep their places. */
  replan(planned: Planned): Plan;
  /** Adds a version, which a later plan may name, or puts another in its place. */
  add(version: string, variant: Variant<F>): void;
  /**
   * Forgets a version. Calls that are under way are not ended.
   * @throws PluginError `in-use` where the plan names it
   */
  remove(version: string): void;
  /** What the calls of each version came to since it was added. */
  measures(): Readonly<Record<string, Measured>>;
  /** The same as counts, of which earlier ones can be taken off. */
  tallies(): Readonly<Record<string, Tally>>;
  /** Adds a listener. @returns a function that removes it */
  on<K extends keyof SplitEvents & string>(type: K, listener: (event: SplitEvents[K]) => void): () => void;
}

type Called = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

interface Side {
  readonly call: Called;
  /** The same with a time and a signal of a call's own; nothing for what has none. */
  readonly within: ((patience: Patience) => { readonly call: Called }) | undefined;
  readonly measures: Measures;
}

/**
 * Calls several versions of a plugin as one, each for its share of the calls.
 *
 * @param planned percents by version, the stable one first
 * @param variants by version; each is held against the contract
 * @throws PluginError `bad-contract`, `argument`, `mismatch`, `closed`
 * @example const visits = split(Visits, { "1.0.0": 90, "2.0.0": 10 }, { "1.0.0": old, "2.0.0": fresh });
 * await visits.by("user-7").call.visit("/");
 */
export function split<F extends Functions>(
  contract: Contract<F>,
  planned: Planned,
  variants: Readonly<Record<string, Variant<F>>>,
  options?: SplitOptions,
): Split<F> {
  checkContract(contract, "split");
  const { name = contract.interface.text, decide } = optionsOf(options, "split");
  if (!isGroup(variants)) throw misfit(variants, "the versions of split", "plugins by version");
  const notices = new Notices<SplitEvents>("a split", ["fault"]);
  const chooser = new Chooser({ name, decide, onFault: notices.fault });
  const sides = new Map<string, Side>();
  const add = (version: string, variant: Variant<F>) =>
    void sides.set(version, { ...callsOf(contract, version, variant), measures: new Measures() });
  for (const [version, variant] of Object.entries(variants)) add(version, variant);

  const checked = (next: Plan): Plan => {
    const stranger = next.split.find(({ version }) => !sides.has(version));
    if (!stranger) return next;
    const known = [...sides.keys()].join(", ") || "none";
    const why = `the plan names the version ${stranger.version}, and those that were given are ${known}`;
    throw new PluginError("argument", `could not split ${name}: ${why}`);
  };
  let plan = checked(planOf(planned));

  const sideOf = (version: string): Side => {
    const found = sides.get(version);
    if (found) return found;
    throw new PluginError("unavailable", `could not call ${name}: there is no version ${version} of it here`);
  };
  const dial = async (called: string, args: readonly unknown[], key: string | undefined, choice: Choice) => {
    const chosen = chooser.choose(plan, key, choice);
    const version = typeof chosen === "string" ? chosen : await chosen;
    const side = sideOf(version);
    const { measures } = side;
    const call = isPatience(choice) ? patient(name, version, side, choice) : side.call;
    const began = now();
    try {
      const answer = await call[called]!(...(args as never[]));
      measures.record(now() - began);
      return answer;
    } catch (error) {
      measures.record(now() - began, error);
      throw error;
    }
  };
  const names = [...contract.functions.keys()];
  const counted = <T>(of: (measures: Measures) => T): Record<string, T> =>
    Object.fromEntries([...sides].map(([version, { measures }]) => [version, of(measures)]));
  return {
    ...keyed<F>(names, dial),
    name,
    by(key, choice) {
      checkKey(key, choice);
      return keyed(names, dial, key, choice);
    },
    get plan() {
      return plan;
    },
    replan(given) {
      const next = planOf(given, { salt: plan.salt });
      plan = checked(frozen({ ...next, revision: plan.revision + 1 }));
      return plan;
    },
    add,
    remove(version) {
      if (plan.split.some((each) => each.version === version))
        throw new PluginError("in-use", `could not remove ${name} ${version}: the plan names it`);
      sides.delete(version);
    },
    measures: () => counted(({ measured }) => measured),
    tallies: () => counted(({ tally }) => tally),
    on: notices.on,
  };
}

function isPatience({ timeout, signal }: Choice): boolean {
  return timeout !== undefined || signal !== undefined;
}

/** @throws PluginError `argument` for a version that cannot */
function patient(name: string, version: string, { within }: Side, { timeout, signal }: Choice): Called {
  if (within) return within({ timeout, signal }).call;
  const why = `its version ${version} has no within; leave out timeout and signal`;
  throw new PluginError("argument", `could not call ${name}: ${why}`);
}

/** @throws PluginError `argument`, `mismatch`, `closed` */
function callsOf<F extends Functions>(
  contract: Contract<F>,
  version: string,
  variant: Variant<F>,
): Pick<Side, "call" | "within"> {
  if (!isGroup(variant)) throw misfit(variant, `the version ${version}`, "a plugin that was loaded");
  // Of a plugin that was loaded with this very contract a further view would say nothing new.
  const view =
    "as" in variant && variant.contract !== (contract as unknown)
      ? variant.as(contract)
      : (variant as Keyed<F>);
  const { call } = view as { readonly call: Calls<F> & Called };
  const within = "within" in variant ? (variant as Plugin).within.bind(variant) : undefined;
  const missing = [...contract.functions.keys()].filter((name) => typeof call?.[name] !== "function");
  if (missing.length === 0) return { call, within: within as Side["within"] };
  const why = `it lacks ${missing.join(", ")} of ${contract.interface.text}`;
  throw new PluginError("mismatch", `could not split: the version ${version} does not fit: ${why}`);
}
