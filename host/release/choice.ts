/** Choosing a version for a call: by the caller's own word, by another's decision, or by the plan. */
import { type Awaitable, isPromise } from "../awaitable.ts";
import { checkFunction } from "../option.ts";
import type { Patience } from "../remote/patience.ts";
import { pick } from "./pick.ts";
import { type Attributes, type Plan, stableOf } from "./plan.ts";

/** What a caller says of itself, and how long it waits. */
export interface Choice extends Patience {
  /** The version that it wants, whatever its share. It is never answered by another one. */
  readonly version?: string;
  /** What rules and `decide` look at besides the key. */
  readonly attributes?: Attributes;
}

/** What is known where a version is decided. */
export interface Context {
  /** The plugin's name. */
  readonly name: string;
  /** Nothing for a call without one. */
  readonly key: string | undefined;
  readonly attributes: Attributes;
  /** The version to answer where nothing else is known. */
  readonly stable: string;
  /** Those of the plan. */
  readonly versions: readonly string[];
}

/**
 * Decides which version a call goes to, in place of the plan's shares and rules: where flags are kept elsewhere.
 * Asked before every call, so it should answer from memory.
 *
 * @returns a version of the plan; nothing leaves it to the plan
 * @example decide: ({ key, stable }) => client.getStringValue("visits", stable, { targetingKey: key })
 */
export type Decide = (context: Context) => Awaitable<string | undefined>;

export interface ChooserOptions {
  readonly name: string;
  readonly decide?: Decide | undefined;
  /** Gets what `decide` threw, or why its answer cannot be used; the plan decides then. */
  readonly onFault: (error: unknown) => void;
}

export class Chooser {
  readonly #options: ChooserOptions;

  constructor(options: ChooserOptions) {
    checkFunction(options.decide, "decide");
    this.#options = options;
  }

  /** @param plan as it is now */
  choose(plan: Plan, key: string | undefined, { version, attributes }: Choice): Awaitable<string> {
    if (version !== undefined) return version;
    const { decide } = this.#options;
    if (!decide) return pick(plan, key, attributes);
    const own = () => pick(plan, key, attributes);
    const taken = (decided: unknown) => {
      if (decided === undefined) return own();
      if (plan.split.some((each) => each.version === decided)) return decided as string;
      this.#options.onFault(
        new RangeError(`decide answered ${String(decided)}, which the plan does not have`),
      );
      return own();
    };
    const fault = (error: unknown) => {
      this.#options.onFault(error);
      return own();
    };
    const context: Context = {
      name: this.#options.name,
      key,
      attributes: attributes ?? {},
      stable: stableOf(plan),
      versions: plan.split.map((each) => each.version),
    };
    try {
      const decided = decide(context);
      return isPromise(decided) ? decided.then(taken, fault) : taken(decided);
    } catch (error) {
      return fault(error);
    }
  }
}
