/** Drives: calls that bring a plugin into a state worth checking. */
import { camelCase, type FunctionType, type Manifest, match, type ValueType } from "../../../abi/tools.ts";
import { canSample, randomFrom, type SampleOptions, sample } from "./sample.ts";

/** A function by its name in camelCase or kebab-case, then its arguments. */
export type DriveCall = readonly [name: string, ...args: unknown[]];

/** An unusable drive. */
export class DriveError extends Error {
  override readonly name = "DriveError";
}

/** How often a made-up drive calls each function, and how many calls it may have. */
const ROUNDS = 8;
const MOST = 256;

export interface MadeUpOptions extends SampleOptions {
  /** The same seed gives the same calls. @default 1 */
  readonly seed?: number | undefined;
  /** The most calls of each function. @default 8 */
  readonly rounds?: number;
}

/** Calls of every function with simple values. */
export function madeUpDrive(manifest: Pick<Manifest, "exports">, options: MadeUpOptions = {}): DriveCall[] {
  const { seed = 1, rounds: most = ROUNDS, small = false } = options;
  const random = randomFrom(seed);
  const functions = manifest.exports.filter(({ params }) => params.every(({ type }) => canSample(type)));
  const rounds = Math.min(most, Math.max(1, Math.floor(MOST / functions.length)));
  const calls: DriveCall[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { name, params } of functions.slice(0, MOST)) {
      calls.push([camelCase(name), ...params.map(({ type }) => sample(type, random, { small }))]);
    }
  }
  return calls;
}

/**
 * Reads a drive from JSON: `[["handle", "a line"], ["report"]]`. Integers of 64 bits may be numbers or
 * strings, a map an object or a list of pairs, a missing option null.
 *
 * @throws DriveError naming the call, for JSON that is not a list of calls, or for an unknown function
 */
export function readDrive(json: unknown, manifest: Manifest): DriveCall[] {
  if (!Array.isArray(json))
    throw new DriveError('wanted a list of calls, like [["handle", "a line"], ["report"]]');
  const functions = new Map(manifest.exports.map((each) => [camelCase(each.name), each]));
  return json.map((call: unknown, i) => {
    if (!Array.isArray(call) || typeof call[0] !== "string") {
      throw new DriveError(`call ${i + 1}: wanted a list that begins with a function's name`);
    }
    const [name, ...args] = call as [string, ...unknown[]];
    const found: FunctionType | undefined = functions.get(camelCase(name));
    if (!found) {
      const known = [...functions.keys()].slice(0, 20).join(", ");
      throw new DriveError(
        `call ${i + 1}: there is no function ${JSON.stringify(name)}; there is ${known || "none"}`,
      );
    }
    return [camelCase(name), ...args.map((arg, n) => fromJson(found.params[n]?.type, arg))];
  });
}

/** Converts values that JSON cannot express; the call finds out what does not fit. */
function fromJson(type: ValueType | undefined, value: unknown): unknown {
  if (type === undefined) return value;
  const asIs = () => value;
  const items = (of: (i: number) => ValueType | undefined): unknown =>
    Array.isArray(value) ? value.map((item, i) => fromJson(of(i), item)) : value;
  return match<unknown>(type, {
    primitive: (name) => (name === "u64" || name === "s64" ? whole(value) : value),
    list: ({ list }) => items(() => list),
    record: ({ record }) => {
      if (typeof value !== "object" || value === null) return value;
      const types = new Map(record.map((field) => [camelCase(field.name), field.type]));
      const entries = Object.entries(value);
      return Object.fromEntries(entries.map(([name, item]) => [name, fromJson(types.get(name), item)]));
    },
    tuple: ({ tuple }) => items((i) => tuple[i]),
    option: ({ option }) => (value === null ? undefined : fromJson(option, value)),
    result: ({ result }) => tagged(value, (tag) => result[tag as "ok"]),
    enum: asIs,
    flags: asIs,
    variant: ({ variant }) => tagged(value, (tag) => variant.find(({ name }) => name === tag)?.type),
    map: ({ map: [of, to] }) => {
      if (typeof value !== "object" || value === null) return value;
      const pairs = Array.isArray(value) ? value : Object.entries(value);
      if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return value;
      return new Map(pairs.map(([key, item]) => [fromJson(of, key), fromJson(to, item)]));
    },
  });
}

function whole(value: unknown): unknown {
  const fits = typeof value === "string" ? /^-?\d{1,20}$/.test(value) : Number.isSafeInteger(value);
  return fits ? BigInt(value as string | number) : value;
}

function tagged(value: unknown, of: (tag: unknown) => ValueType | undefined): unknown {
  if (typeof value !== "object" || value === null || !("val" in value && "tag" in value)) return value;
  return { ...value, val: fromJson(of(value.tag), value.val) };
}
