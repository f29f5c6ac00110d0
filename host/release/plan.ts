/** A plan: which share of the calls goes to which version of a plugin. Versions never change; plans do. */
import * as z from "zod/mini";
import { describe } from "../../abi/canonical/memory.ts";
import { isPrintable, printable } from "../../abi/printable.ts";
import { PluginError } from "../errors.ts";
import { isGroup, misfit } from "../option.ts";
import { randomName } from "../random-name.ts";

/** A version, and the percent of the keys that it gets. */
export interface Share {
  readonly version: string;
  /** From 0 to 100. With 0 a version is hosted, and called by rules and by those who name it. */
  readonly weight: number;
}

/** Callers who get a version whatever their share: all that is said has to be true of them. */
export interface Rule {
  readonly version: string;
  /** The caller's key is one of these. */
  readonly keys?: readonly string[] | undefined;
  /** Each attribute is there, and has one of these values. */
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What is known of a caller besides its key: `{ country: "fr" }`. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Plan {
  /** Mixed into every key, so that two plugins do not try their versions on the same people. */
  readonly salt: string;
  /** The stable version first; together they have 100 percent. */
  readonly split: readonly Share[];
  /** The first that is true of a caller counts. */
  readonly rules: readonly Rule[];
  /** A version that runs the calls of the stable one, too, and answers none: a mirror, whose answers are compared. */
  readonly mirror?: string | undefined;
  /** Every change has a higher one; 0 for a plan that no fabric keeps. */
  readonly revision: number;
  /** The rollout that wrote it, and how often that had changed its mind before. */
  readonly rollout?: { readonly id: string; readonly sequence: number } | undefined;
}

/** A plan as it is given: shares by version, the stable one first, or all of it. */
export type Planned =
  | Readonly<Record<string, number>>
  | (Pick<Plan, "split"> & Partial<Omit<Plan, "revision">>);

/** Versions, rules, and keys of a rule, at most. */
const [VERSIONS, RULES, KEYS, ATTRIBUTES] = [16, 64, 1000, 16];
/** How far the sum of the weights may be from 100, since decimals are not exact. */
const SLACK = 1e-6;

function line(most: number) {
  return z
    .string(`wanted a line of text of at most ${most} characters`)
    .check(
      z.refine(
        (text) => text.length > 0 && text.length <= most && isPrintable(text),
        `wanted a line of text of at most ${most} characters`,
      ),
    );
}

const version = line(256);
const PERCENT = "wanted percent, from 0 to 100";
const weight = z.number(PERCENT).check(z.gte(0, PERCENT), z.lte(100, PERCENT));
const values = z.array(z.string().check(z.maxLength(256))).check(z.minLength(1), z.maxLength(KEYS));

/** A plan as a fabric keeps it; what it has besides is passed over, since newer writers may say more. */
export const planSchema = z
  .object({
    salt: line(64),
    split: z
      .array(z.object({ version, weight }))
      .check(
        z.minLength(1, "wanted a version"),
        z.maxLength(VERSIONS, `wanted at most ${VERSIONS} versions`),
      ),
    rules: z
      .array(
        z
          .object({
            version,
            keys: z.optional(values),
            attributes: z.optional(
              z
                .record(line(256), values)
                .check(
                  z.refine(
                    (all) => Object.keys(all).length <= ATTRIBUTES,
                    `at most ${ATTRIBUTES} attributes`,
                  ),
                ),
            ),
          })
          .check(
            z.refine(
              ({ keys, attributes }) => keys !== undefined || Object.keys(attributes ?? {}).length > 0,
              "a rule names keys or attributes",
            ),
          ),
      )
      .check(z.maxLength(RULES)),
    mirror: z.optional(version),
    rollout: z.optional(z.object({ id: line(64), sequence: z.int().check(z.nonnegative()) })),
  })
  .check(
    z.check(({ value, issues }) => {
      const { split } = value;
      const problem = unsound(value);
      if (problem !== undefined) issues.push({ code: "custom", input: split, message: problem });
    }),
  );

function unsound({ split, rules, mirror }: Pick<Plan, "split" | "rules" | "mirror">): string | undefined {
  const names = new Set(split.map((each) => each.version));
  if (names.size < split.length) return "a version is named twice";
  const sum = split.reduce((all, { weight }) => all + weight, 0);
  if (Math.abs(sum - 100) > SLACK) return `the weights are ${sum} percent together, wanted 100`;
  const stranger = rules.find((rule) => !names.has(rule.version));
  if (stranger) return `a rule names ${printable(stranger.version)}, which is not in the split`;
  if (mirror === undefined) return undefined;
  if (!names.has(mirror)) return `the mirror ${printable(mirror)} is not in the split; give it a weight of 0`;
  return mirror === split[0]?.version ? `the mirror ${printable(mirror)} is the stable version` : undefined;
}

/**
 * A plan from what was given. Without a salt of its own it gets a new one, and with that the keys fall anew.
 *
 * @throws PluginError `argument`
 */
export function planOf(given: Planned, before: { salt?: string | undefined; revision?: number } = {}): Plan {
  if (!isGroup(given)) throw misfit(given, "a plan", 'shares by version: { "1.0.0": 90, "2.0.0": 10 }');
  const whole = Array.isArray((given as { readonly split?: unknown }).split);
  const said = whole
    ? (given as Partial<Plan>)
    : { split: Object.entries(given).map(([version, weight]) => ({ version, weight: weight as number })) };
  const { salt = before.salt ?? randomName(), split, rules = [], mirror, rollout } = said;
  const parsed = planSchema.safeParse({ salt, split, rules, mirror, rollout });
  if (!parsed.success) {
    const [{ path, message } = { path: [], message: "" }] = parsed.error.issues;
    const at = path.length > 0 ? `${z.core.toDotPath(path)}: ` : "";
    throw new PluginError("argument", `could not use a plan: ${at}${message}; found ${shape(said.split)}`);
  }
  return frozen({ ...(parsed.data as Omit<Plan, "revision">), revision: before.revision ?? 0 });
}

/** Plans are looked at in every call, so nobody may change one. */
export function frozen(plan: Plan): Plan {
  for (const each of plan.split) Object.freeze(each);
  Object.freeze(plan.split);
  return Object.freeze(plan);
}

function shape(split: unknown): string {
  if (!Array.isArray(split)) return describe(split);
  return printable(split.map((each) => `${each?.version}: ${each?.weight}`).join(", ")) || "no version";
}

/** The version that callers fall back to. */
export function stableOf({ split }: Plan): string {
  return split[0]!.version;
}

/** `1.0.0 90 %, 2.0.0 10 %` */
export function planText({ split }: Pick<Plan, "split">): string {
  return split.map(({ version, weight }) => `${printable(version)} ${weight} %`).join(", ");
}
