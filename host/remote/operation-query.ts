/** The options of a swap and a rollback that can be sent, in the query of a URL: `?integrity=…&probation.calls=100`. */
import * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import type { ProbationOptions } from "../swap/probation.ts";
import type { RollbackOptions } from "../swap/rollback.ts";
import type { SwapOptions } from "../swap/swap-options.ts";
import { LONGEST } from "../timer.ts";

/** Options of `plugin.swap` that are plain data. Functions, such as `verify` and `approve`, are the server's own. */
export interface RemoteSwapOptions
  extends Pick<SwapOptions, "integrity" | "dryRun" | "supersede" | "reset" | "drain" | "timeout" | "signal"> {
  /** As in `plugin.swap`; `{}` for its defaults. @default none: the successor is permanent at once */
  readonly probation?: RemoteProbation;
}

export type RemoteProbation = Pick<
  ProbationOptions,
  "calls" | "duration" | "maxErrorRate" | "minCalls" | "whenFull"
>;

const flag = z.pipe(
  z.enum(["true", "false"]),
  z.transform((text) => text === "true"),
);
const number = (most: number) =>
  z.pipe(
    z.string().check(z.regex(/^\d{1,15}(\.\d{1,15})?$/)),
    z.pipe(z.transform(Number), z.number().check(z.maximum(most))),
  );
const time = z.optional(number(LONGEST));
const amount = z.optional(number(Number.MAX_SAFE_INTEGER));
const PROBATION = {
  "probation.calls": amount,
  "probation.duration": time,
  "probation.maxErrorRate": z.optional(number(1)),
  "probation.minCalls": amount,
  "probation.whenFull": z.optional(z.enum(["accept", "rollback"])),
};
const swapQuery = z.strictObject({
  integrity: z.optional(z.string().check(z.maxLength(100))),
  dryRun: z.optional(flag),
  supersede: z.optional(flag),
  reset: z.optional(flag),
  drain: time,
  timeout: time,
  probation: z.optional(flag),
  ...PROBATION,
});
const rollbackQuery = z.strictObject({ discard: z.optional(flag), drain: time });

/** @param could the beginning of the message: `could not swap counter` @throws PluginError `argument` */
export function readSwapQuery(query: URLSearchParams, could: string): SwapOptions {
  const { probation, ...found } = read(query, swapQuery, could);
  const options: Record<string, unknown> = {};
  const bounds: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(found)) {
    const [first, second] = name.split(".");
    if (second === undefined) options[name] = value;
    else bounds[second] = value;
    if (second !== undefined && probation === false)
      throw refused(could, `${first} is false, and ${name} is its own`);
  }
  const wanted = probation || Object.keys(bounds).length > 0;
  return { ...options, ...(wanted && { probation: bounds }) };
}

/** @throws PluginError `argument` */
export function readRollbackQuery(query: URLSearchParams, could: string): RollbackOptions {
  return read(query, rollbackQuery, could) as RollbackOptions;
}

function read<T extends z.ZodMiniObject>(query: URLSearchParams, schema: T, could: string): z.output<T> {
  const given = [...query];
  const twice = given.find(([name], i) => given.findIndex(([other]) => other === name) < i);
  if (twice) throw refused(could, `${twice[0]} is said twice`);
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const known = Object.keys(schema.shape).join(", ");
  if (issue?.code === "unrecognized_keys")
    throw refused(could, `there is no option ${issue.keys.join(", ")}; there are ${known}`);
  const name = String(issue?.path[0]);
  throw refused(could, `${name} cannot be used: found ${query.get(name)}`);
}

function refused(could: string, why: string): PluginError {
  return new PluginError("argument", `${could}: ${why}; nothing was changed`);
}

/** The same, as they are sent: `?` and all of them; nothing where there are none. @throws PluginError `argument` */
export function queryOf(options: object, known: typeof SWAP | typeof ROLLBACK, could: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || name === "signal") continue;
    if (name === "probation" && known === SWAP) {
      const bounds = Object.entries(value as object).filter(([, each]) => each !== undefined);
      if (bounds.length === 0) query.set(name, "true");
      for (const [bound, each] of bounds) query.set(`${name}.${bound}`, textOf(each));
    } else query.set(name, textOf(value));
  }
  // What the server would refuse is not sent.
  if (known === SWAP) readSwapQuery(query, could);
  else readRollbackQuery(query, could);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

export const SWAP = "swap";
export const ROLLBACK = "rollback";

function textOf(value: unknown): string {
  return value === Number.POSITIVE_INFINITY ? String(LONGEST) : String(value);
}
