/** Decorators that describe earlier versions: `@was("old")`, `@dropped("legacy")`, `@revision(2)`. */
import {
  type ClassPrototype,
  type Declaration,
  type DecoratorNode,
  type Expression,
  LiteralKind,
  type Range,
} from "./compiler.ts";
import { Refusal } from "./refusal.ts";
import type { FieldShape, RecordShape } from "./shape.ts";

/** These decorators, with the form of each. */
export const EVOLUTION: ReadonlyMap<string, string> = new Map([
  ["was", '@was("old")'],
  ["dropped", '@dropped("legacy")'],
  ["revision", "@revision(2)"],
]);

/** The remedy where a name of an earlier version has another meaning now. */
export const STEP = "so a word cannot tell the old one from it: only a step can (static from)";

/** The decorators of a declaration that have this name. */
export function decorators({ decorators }: Declaration, name: string): readonly DecoratorNode[] {
  return (decorators ?? []).filter((one) => one.name.text === name);
}

/**
 * The names in a declaration's decorators of one kind: `["hits", "count"]` for `@was("hits", "count")`, or
 * for two decorators with one name each.
 *
 * @throws Refusal for an argument that is not a name
 */
export function oldNames(declaration: Declaration, decorator: "was" | "dropped"): readonly string[] {
  const names = decorators(declaration, decorator).flatMap((one) => {
    const { args, range } = one;
    if (!args || args.length === 0) {
      throw new Refusal(range, `@${decorator} without a name: write ${EVOLUTION.get(decorator)}`);
    }
    return args.map((argument) => nameOf(argument, decorator));
  });
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return names;
  throw new Refusal(declaration.name.range, `@${decorator} names ${twice} twice`);
}

function nameOf(argument: Expression, decorator: string): string {
  const { literalKind, value, range } = argument;
  const found = range.source.text.slice(range.start, range.end);
  if (literalKind !== LiteralKind.String || typeof value !== "string") {
    const wanted = `a name of an earlier version, in quotes: ${EVOLUTION.get(decorator)}`;
    throw new Refusal(range, `@${decorator} takes ${wanted}; found ${found}`);
  }
  if (/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(value)) return value;
  throw new Refusal(range, `no field or type of a state was ever called ${found}`);
}

/**
 * The number in a class's `@revision(n)`; 1 when it has none.
 *
 * @throws Refusal for an argument that is not such a number
 */
export function revisionOf(declaration: Declaration): number {
  const [one, second] = decorators(declaration, "revision");
  if (one === undefined) return 1;
  if (second !== undefined) throw new Refusal(second.range, "a class has one @revision");
  const [argument, more] = one.args ?? [];
  const text = argument?.range.source.text.slice(argument.range.start, argument.range.end) ?? "nothing";
  const number = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0;
  if (number >= 2 && more === undefined) return number;
  const why = "a class without it is revision 1, and the next one is @revision(2)";
  throw new Refusal(one.range, `@revision takes a whole number from 2 on, found ${text}: ${why}`);
}

/**
 * Compares the old names of a class's fields with its fields.
 *
 * @throws Refusal for a name with two meanings
 */
export function checkOldNames(
  name: string,
  fields: readonly FieldShape[],
  dropped: readonly { readonly name: string; readonly range: Range }[],
): void {
  const takers = new Map<string, string>();
  for (const { name: field, aliases = [], range } of fields) {
    for (const alias of aliases) {
      if (alias === field) throw new Refusal(range, `@was("${alias}") names ${name}.${field} itself`);
      if (fields.some((one) => one.name === alias)) {
        throw new Refusal(
          range,
          `@was("${alias}") on ${name}.${field}: ${name} has a field ${alias}, ${STEP}`,
        );
      }
      const other = takers.get(alias);
      if (other !== undefined) {
        throw new Refusal(
          range,
          `@was("${alias}") on ${name}.${field}: ${name}.${other} was ${alias} already`,
        );
      }
      takers.set(alias, field);
    }
  }
  for (const { name: old, range } of dropped) {
    if (fields.some((one) => one.name === old)) {
      throw new Refusal(range, `@dropped("${old}") on ${name}, which has a field ${old}, ${STEP}`);
    }
    const taker = takers.get(old);
    if (taker === undefined) continue;
    throw new Refusal(
      range,
      `@dropped("${old}") on ${name}, where ${taker} takes it: it says @was("${old}")`,
    );
  }
}

/** What a class, and the classes that it extends, declare about earlier versions. */
export function earlier(prototype: ClassPrototype): Pick<RecordShape, "dropped" | "revision"> {
  const dropped = droppedBy(prototype).map(({ name }) => name);
  const revision = revisionOf(prototype.declaration);
  for (let base = prototype.basePrototype; base; base = base.basePrototype) {
    const [one] = decorators(base.declaration, "revision");
    if (one === undefined) continue;
    const where = `it counts in the class whose objects are kept: write it above ${prototype.name}`;
    throw new Refusal(one.range, `@revision above ${base.name}, which ${prototype.name} extends: ${where}`);
  }
  return { ...(dropped.length > 0 && { dropped }), ...(revision > 1 && { revision }) };
}

/** The fields that a class, or one that it extends, has dropped. */
export function droppedBy(prototype: ClassPrototype): { readonly name: string; readonly range: Range }[] {
  const found: { readonly name: string; readonly range: Range }[] = [];
  for (let one: ClassPrototype | null = prototype; one; one = one.basePrototype) {
    const { range } = one.declaration.name;
    for (const name of oldNames(one.declaration, "dropped")) {
      if (!found.some((before) => before.name === name)) found.push({ name, range });
    }
  }
  return found;
}
