/** The conditions for a class whose objects can be saved and restored. */

import { AbiError } from "../error.ts";
import { canonicalForm } from "../state/avro/fingerprint.ts";
import { type ClassPrototype, CommonFlags, type Range } from "./compiler.ts";
import { constructorOf } from "./constructors.ts";
import { STEP } from "./evolution.ts";
import { partsOf, recordsOf } from "./recursion.ts";
import { Refusal } from "./refusal.ts";
import { avroSchema } from "./schema.ts";
import type { FieldShape, RecordShape, Shape, StateShape } from "./shape.ts";
import { restorables } from "./widen.ts";

/** All faults of the classes of a state, at the author's lines. */
export function checkKeepable(classes: Classes, state: StateShape): readonly Refusal[] {
  const { root, migrations, nested = [] } = state;
  const roots = [root, ...[...migrations, ...nested].map(({ from }) => from)];
  const refusals = [
    ...recordsOf(roots).flatMap((record) => [
      ...(record === root ? checkConstructor(record, classes.get(record.range)) : []),
      ...checkName(record.name, record.range),
      ...record.fields.flatMap((field) => checkField(record, field, classes)),
    ]),
    ...roots.flatMap(checkUnique),
  ];
  const found =
    refusals.length > 0 ? refusals : restorables(state).flatMap(({ shape }) => checkSchema(shape));
  const lines = new Map(found.map((refusal) => [`${refusal.range.start} ${refusal.message}`, refusal]));
  return [...lines.values()];
}

/** Checks the limits of the host, which parses the schema with the same code. */
function checkSchema(root: RecordShape): Refusal[] {
  try {
    canonicalForm(avroSchema(root));
    return [];
  } catch (error) {
    if (!(error instanceof AbiError)) throw error;
    return [new Refusal(root.range, `no host could read the state of ${root.name}: ${error.message}`)];
  }
}

type Classes = ReadonlyMap<Range, ClassPrototype>;

function subclassOf({ range }: RecordShape, classes: Classes): ClassPrototype | undefined {
  const base = classes.get(range);
  return [...classes.values()].find(({ basePrototype }) => base !== undefined && basePrototype === base);
}

/**
 * The fields of today's state whose initial value is neither a literal nor an empty collection. Adding such a
 * field to a state takes a migration.
 */
export function fieldsWithoutDefault({ root }: StateShape): readonly { name: string; range: Range }[] {
  return recordsOf([root]).flatMap((record) =>
    record.fields
      .filter(({ initial }) => initial === undefined)
      .map(({ name, range }) => ({ name: `${record.name}.${name}`, range })),
  );
}

function checkConstructor({ name, range }: RecordShape, prototype: ClassPrototype | undefined): Refusal[] {
  const made = constructorOf(prototype);
  if (made === undefined) return [];
  const why = "state<T>() makes the one object of it";
  if (made.flags & (CommonFlags.Private | CommonFlags.Protected)) {
    return [new Refusal(range, `the constructor of ${name} must be public: ${why}`)];
  }
  const needed = made.signature.parameters.find(({ initializer }) => initializer === null);
  if (needed === undefined) return [];
  const parameter = needed.name.text;
  return [
    new Refusal(
      range,
      `${name} needs a constructor without parameters: ${why}, so give ${parameter} a default`,
    ),
  ];
}

/** Names of Avro's own types. */
const RESERVED = new Set(
  "null boolean int long float double bytes string record error enum array map fixed union".split(" "),
);

function checkName(name: string, range: Range): Refusal[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return [
      new Refusal(range, `state cannot have the name ${name}: Avro takes letters of ASCII, digits and _`),
    ];
  }
  return [];
}

function checkField(owner: RecordShape, { name, shape, range }: FieldShape, classes: Classes): Refusal[] {
  const path = `${owner.name}.${name}`;
  const refuse = (message: string): Refusal[] => [new Refusal(range, message)];
  const visit = (part: Shape): Refusal[] => {
    switch (part.kind) {
      case "result":
        return refuse(
          `${path} holds a Result, which is an answer and no state: keep what it was, and the error's text`,
        );
      case "option":
        if (part.element.kind === "option") {
          return refuse(`${path} is optional twice, which Avro cannot tell apart: put a class between`);
        }
        return visit(part.element);
      case "enum":
        return part.cases
          .flatMap((symbol) => checkName(symbol, part.range))
          .concat(checkName(part.name, part.range));
      case "record": {
        const subclass = subclassOf(part, classes)?.name;
        if (subclass === undefined) return [];
        const lost = `${path} can hold a ${subclass}, which would come back as ${part.name}`;
        return refuse(`${lost}: keep a class that nothing extends`);
      }
      case "primitive":
      case "bytes":
      case "typed":
      case "list":
      case "set":
      case "map":
        return partsOf(part).flatMap(visit);
    }
  };
  return [...checkName(name, range), ...visit(shape)];
}

/** A name must mean one type in a schema. */
function checkUnique(root: RecordShape): Refusal[] {
  const named = new Map<string, Shape>();
  const refusals: Refusal[] = [];
  const add = (shape: Extract<Shape, { kind: "record" | "enum" }>): void => {
    const { name, source, range } = shape;
    const reserved = RESERVED.has(name);
    if (reserved) refusals.push(new Refusal(range, `${name} is a type of Avro's own: give it another name`));
    const known = named.get(name);
    if (known === undefined) named.set(name, shape);
    else if (known.source !== source) {
      refusals.push(new Refusal(range, `two types of the state have the name ${name}: rename one`));
    }
  };
  const visit = (shape: Shape): void => {
    if (shape.kind === "enum") add(shape);
    else if (shape.kind !== "record") partsOf(shape).forEach(visit);
  };
  for (const record of recordsOf([root])) {
    add(record);
    for (const { shape } of record.fields) visit(shape);
  }
  for (const shape of named.values()) {
    if (shape.kind !== "record" && shape.kind !== "enum") continue;
    const { name, aliases = [], range } = shape;
    for (const alias of aliases) {
      const other = named.get(alias);
      if (other === undefined) continue;
      const both = other === shape ? "is its name" : `is another type of the state, ${STEP}`;
      refusals.push(new Refusal(range, `@was("${alias}") above ${name}: ${alias} ${both}`));
    }
  }
  return refusals;
}
