/** Which version a key gets: the same everywhere, since it follows from the plan and the key alone. */
import { finish, mix } from "../hash.ts";
import type { Attributes, Plan, Rule } from "./plan.ts";

/** Points of the space that keys are hashed into. */
const SPACE = 2 ** 32;

/** A plan made ready. Not state: it follows from the plan, which nobody changes. */
const READY = new WeakMap<Plan, Ready>();

interface Ready {
  readonly seed: number;
  readonly versions: readonly string[];
  /** Where in the space each version's part ends. */
  readonly ends: readonly number[];
  readonly rules: readonly ReadyRule[];
}

interface ReadyRule {
  readonly version: string;
  readonly keys: ReadonlySet<string> | undefined;
  readonly attributes: readonly (readonly [name: string, values: ReadonlySet<string>])[];
}

/**
 * Picks the version for a key. The stable version has the beginning of the space that keys are hashed into, and the
 * others what follows. So the version beside it grows from its end: nobody who had it gets another one.
 *
 * @param key whom the call is for: the same key gets the same version. Without one, each pick is by chance
 * @param attributes what rules look at besides the key
 */
export function pick(plan: Plan, key?: string, attributes?: Attributes): string {
  const { seed, versions, ends, rules } = readyOf(plan);
  if (rules.length > 0) {
    const rule = rules.find((each) => isTrueOf(each, key, attributes));
    if (rule) return rule.version;
  }
  const at = key === undefined ? Math.random() * SPACE : pointOf(seed, key);
  let i = 0;
  while (at >= ends[i]!) i++;
  return versions[i]!;
}

/** Where a key lies in the space of a salt. */
export function pointOf(seed: number, key: string): number {
  const { length } = key;
  let hash = seed;
  let i = 0;
  for (; i + 1 < length; i += 2) hash = mix(hash, key.charCodeAt(i) | (key.charCodeAt(i + 1) << 16));
  if (i < length) hash = mix(hash, key.charCodeAt(i));
  return finish(hash ^ length) >>> 0;
}

function readyOf(plan: Plan): Ready {
  const known = READY.get(plan);
  if (known) return known;
  // A version without a share has no part of the space; the last one with a share ends where the space does.
  const shares = plan.split.filter(({ weight }) => weight > 0);
  let sum = 0;
  const ends = shares.map(({ weight }, i) => {
    sum += weight;
    return i === shares.length - 1 ? SPACE : Math.round((sum / 100) * SPACE);
  });
  const versions = shares.map(({ version }) => version);
  const ready = { seed: pointOf(0, plan.salt), versions, ends, rules: plan.rules.map(readyRule) };
  READY.set(plan, ready);
  return ready;
}

function readyRule({ version, keys, attributes = {} }: Rule): ReadyRule {
  return {
    version,
    keys: keys && new Set(keys),
    attributes: Object.entries(attributes).map(([name, values]) => [name, new Set(values)]),
  };
}

function isTrueOf(rule: ReadyRule, key: string | undefined, given: Attributes | undefined): boolean {
  if (rule.keys && (key === undefined || !rule.keys.has(key))) return false;
  return rule.attributes.every(
    ([name, values]) => given !== undefined && Object.hasOwn(given, name) && values.has(String(given[name])),
  );
}
