/** Checks whether foreign data is a value type, or the type of a function, and says where it is not. */
import { describe } from "./canonical/memory.ts";
import { isPrintable } from "./printable.ts";
import { PRIMITIVES, type TypeKind } from "./type.ts";

/** A problem and its place: keys and indices from the outside in. */
export interface Problem {
  readonly path: PropertyKey[];
  readonly message: string;
}

type Check = (value: unknown) => Problem | undefined;
type Bag = Readonly<Record<string, unknown>>;

/** A WIT name in kebab-case. */
const NAME = /^%?[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const PRIMITIVE: ReadonlySet<unknown> = new Set(PRIMITIVES);

/** The keys of an object: required and optional ones; no others are allowed. */
interface Shape {
  readonly required: Readonly<Record<string, Check>>;
  readonly optional: Readonly<Record<string, Check>>;
}

const PARAM: Shape = { required: { name: nameProblem, type: typeProblem }, optional: {} };
const CASE: Shape = { required: { name: nameProblem }, optional: { type: typeProblem } };
const OUTCOMES: Shape = { required: {}, optional: { ok: typeProblem, err: typeProblem } };
const TITLED = { name: titleProblem };

/** Compound types by the key that identifies them. */
const KINDS: Readonly<Record<string, Shape>> = {
  list: { required: { list: typeProblem }, optional: { length: lengthProblem } },
  record: { required: { record: some((field) => shaped(field, PARAM)) }, optional: TITLED },
  tuple: { required: { tuple: some(typeProblem) }, optional: {} },
  option: { required: { option: typeProblem }, optional: {} },
  result: { required: { result: (outcomes) => shaped(outcomes, OUTCOMES) }, optional: {} },
  enum: { required: { enum: some(nameProblem) }, optional: TITLED },
  flags: { required: { flags: some(nameProblem, 32) }, optional: TITLED },
  variant: { required: { variant: some((one) => shaped(one, CASE)) }, optional: TITLED },
  map: { required: { map: pairProblem }, optional: {} },
} satisfies Readonly<Record<Exclude<TypeKind, "primitive">, Shape>>;

export function typeProblem(value: unknown): Problem | undefined {
  if (PRIMITIVE.has(value)) return undefined;
  if (isBag(value)) {
    for (const key in value) {
      if (Object.hasOwn(KINDS, key)) return shaped(value, KINDS[key]!);
    }
  }
  return wanted("a value type", value);
}

/**
 * The problem of a manifest's function `{ name, params: [{ name, type }], result?, docs? }`. Other keys are
 * ignored.
 */
export function functionProblem(value: unknown): Problem | undefined {
  if (!isBag(value)) return wanted("a function", value);
  return (
    at("name", nameProblem(value.name)) ??
    at(
      "params",
      each(value.params, (param) => shaped(param, PARAM)),
    ) ??
    (value.result === undefined ? undefined : at("result", typeProblem(value.result))) ??
    (value.docs === undefined ? undefined : at("docs", docsProblem(value.docs)))
  );
}

export function nameProblem(value: unknown): Problem | undefined {
  return typeof value === "string" && value.length <= 256 && NAME.test(value)
    ? undefined
    : wanted("a WIT name in kebab-case", value);
}

/** The problem of a list, found by a check of each element. */
export function each(value: unknown, check: Check): Problem | undefined {
  if (!Array.isArray(value)) return wanted("a list", value);
  for (let i = 0; i < value.length; i++) {
    const problem = at(i, check(value[i]));
    if (problem) return problem;
  }
  return undefined;
}

function some(check: Check, most = Number.POSITIVE_INFINITY): Check {
  return (value) => {
    if (Array.isArray(value) && (value.length === 0 || value.length > most)) {
      return wanted(most === Number.POSITIVE_INFINITY ? "at least one" : `1 to ${most}`, value);
    }
    return each(value, check);
  };
}

function pairProblem(value: unknown): Problem | undefined {
  if (Array.isArray(value) && value.length !== 2) return wanted("a key's type and a value's", value);
  return each(value, typeProblem);
}

/** The problem of a fixed list's length. */
export function lengthProblem(value: unknown): Problem | undefined {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_536
    ? undefined
    : wanted("a length from 1 to 65536", value);
}

/** The problem of an author's name for a type. */
function titleProblem(value: unknown): Problem | undefined {
  return typeof value === "string" && value.length <= 256 && isPrintable(value)
    ? undefined
    : wanted("a name of at most 256 characters, none of them a control character", value);
}

function docsProblem(value: unknown): Problem | undefined {
  return typeof value === "string" && value.length <= 4096
    ? undefined
    : wanted("a text of at most 4096 characters", value);
}

function shaped(value: unknown, { required, optional }: Shape): Problem | undefined {
  if (!isBag(value))
    return wanted(`an object with ${Object.keys({ ...required, ...optional }).join(", ")}`, value);
  for (const key in required) {
    const problem = at(key, required[key]!(value[key]));
    if (problem) return problem;
  }
  for (const key in value) {
    if (Object.hasOwn(required, key)) continue;
    if (!Object.hasOwn(optional, key)) return { path: [], message: `has a key too many: ${describe(key)}` };
    const problem = at(key, optional[key]!(value[key]));
    if (problem) return problem;
  }
  return undefined;
}

function at(key: PropertyKey, problem: Problem | undefined): Problem | undefined {
  problem?.path.unshift(key);
  return problem;
}

function wanted(what: string, found: unknown): Problem {
  return { path: [], message: `wanted ${what}, found ${describe(found)}` };
}

function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
