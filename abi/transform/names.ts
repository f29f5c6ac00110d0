/** WIT's rules for names: kebab-case, and one namespace for the functions and types of an interface. */
import { kebabCase } from "../type.ts";
import type { Range } from "./compiler.ts";
import { Refusal } from "./refusal.ts";
import type { FunctionShape, Shape } from "./shape.ts";
import { typeName } from "./value-type.ts";

/** The name in WIT's spelling; refused where it is not a name. */
function wireName(name: string, range: Range): string {
  const wire = kebabCase(name);
  if (/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(wire)) return wire;
  throw new Refusal(
    range,
    `"${name}" is no name in WIT, where it would be "${wire}": begin every word with a letter`,
  );
}

/** Refuses invalid names, and names that are used twice. The functions are those of one interface. */
export function checkNames(functions: readonly FunctionShape[]): void {
  const taken = new Map<string, Claimant>();
  const names = new Set(functions.map((one) => kebabCase(one.name)));
  for (const one of functions) {
    claim(taken, wireName(one.name, one.range), { what: `function ${one.name}` }, one.range);
  }
  const seen = new Set<Shape>();
  for (const one of functions) {
    unique(
      one.params.map((param) => ({ name: param.name, range: one.range })),
      "parameter",
    );
    for (const { shape } of one.params) visit(shape);
    if (one.result !== undefined) visit(one.result);
  }

  function visit(shape: Shape): void {
    if (seen.has(shape)) return;
    seen.add(shape);
    switch (shape.kind) {
      case "record": {
        const what = `class ${shape.name}`;
        claim(
          taken,
          typeName(wireName(shape.name, shape.range), names),
          { what, source: shape.source },
          shape.range,
        );
        if (shape.fields.length === 0)
          throw new Refusal(shape.range, `${shape.name} has no fields: nothing would cross`);
        unique(shape.fields, "field");
        for (const field of shape.fields) visit(field.shape);
        return;
      }
      case "enum": {
        const what = `enum ${shape.name}`;
        claim(
          taken,
          typeName(wireName(shape.name, shape.range), names),
          { what, source: shape.source },
          shape.range,
        );
        if (shape.cases.length === 0) throw new Refusal(shape.range, `${shape.name} has no cases`);
        unique(
          shape.cases.map((name) => ({ name, range: shape.range })),
          "case",
        );
        return;
      }
      case "map":
        visit(shape.key);
        visit(shape.value);
        return;
      case "result":
        if (shape.ok) visit(shape.ok);
        visit(shape.err);
        return;
      case "list":
      case "set":
      case "option":
        visit(shape.element);
        return;
      case "primitive":
      case "bytes":
      case "typed":
        return;
      default:
        shape satisfies never;
    }
  }
}

/** The holder of a name; equal sources are the same type. */
interface Claimant {
  readonly what: string;
  readonly source?: string;
}

function claim(taken: Map<string, Claimant>, wire: string, claimant: Claimant, range: Range): void {
  const holder = taken.get(wire);
  if (holder === undefined) taken.set(wire, claimant);
  else if (holder.source === undefined || holder.source !== claimant.source) {
    const other = holder.what === claimant.what ? "another" : holder.what;
    throw new Refusal(
      range,
      `${claimant.what} is "${wire}" in WIT, and so is ${other}: ` +
        "functions and types of an interface share their names",
    );
  }
}

function unique(members: readonly { readonly name: string; readonly range: Range }[], what: string): void {
  const taken = new Map<string, string>();
  for (const { name, range } of members) {
    const wire = wireName(name, range);
    const holder = taken.get(wire);
    if (holder !== undefined) {
      throw new Refusal(range, `the ${what}s ${holder} and ${name} are both "${wire}" in WIT: rename one`);
    }
    taken.set(wire, name);
  }
}
