/** A state class as an Avro schema. */

import { sha256 } from "#sha256";
import { canonicalForm } from "../state/avro/fingerprint.ts";
import { HELD, TABLE } from "../state/avro/table.ts";
import { isShared, shapesOf } from "./recursion.ts";
import type { FieldShape, PrimitiveShape, RecordShape, Shape } from "./shape.ts";
import { sharedOf } from "./shared.ts";

export interface SchemaOptions {
  /**
   * For an older class that the state is restored from: the name of today's root. The older root gets it as
   * an alias, and an inner `ClientV1` gets `Client`, so that an Avro reader finds the data of versions that
   * used those names.
   *
   * @default none: no aliases
   */
  readonly olderThan?: string;
  /**
   * Gives the types of an older class today's names, as the version that wrote the data did.
   *
   * @default false: they are aliases
   */
  readonly asWritten?: boolean;
}

/** Avro has the bits of a u64 as a signed number; narrow integers have their width in an attribute. */
const PRIMITIVES: Record<PrimitiveShape["primitive"], unknown> = {
  bool: "boolean",
  s8: { type: "int", moult: "i8" },
  u8: { type: "int", moult: "u8" },
  s16: { type: "int", moult: "i16" },
  u16: { type: "int", moult: "u16" },
  s32: "int",
  u32: { type: "long", moult: "u32" },
  s64: "long",
  u64: { type: "long", moult: "u64" },
  f32: "float",
  f64: "double",
  string: "string",
};

function annotated(type: string, moult: string, more: object = {}): object {
  return { type, ...more, moult };
}

/** The schema of a state class: a record, with `moult` attributes for what Avro does not distinguish. */
export function avroSchema(root: RecordShape, options: SchemaOptions = {}): unknown {
  const { olderThan, asWritten = false } = options;
  const taken = new Set(namesOf(root));
  const defined = new Set<string>();
  const renamed = new Map<string, string>();
  const given = new Map<string, string>();

  /** A named type with its aliases at its first use; its name afterwards. */
  function named(type: { name: string; today: string; was?: readonly string[] }, define: () => object) {
    const { today, was = [] } = type;
    const name = asWritten ? today : type.name;
    if (defined.has(name)) return name;
    defined.add(name);
    const { type: kind, ...rest } = define() as { type: string };
    const aliases = [...new Set([today, ...was])].filter((alias) => alias !== name);
    return { type: kind, name, ...(aliases.length === 0 ? {} : { aliases }), ...rest };
  }

  /** Today's name of a class or enum of an older version. */
  function todayOf(name: string): string {
    if (olderThan === undefined) return name;
    if (name === root.name) return olderThan;
    const today = name.replace(/V\d+$/, "");
    const other = renamed.get(today) ?? name;
    if (today === "" || taken.has(today) || other !== name) return name;
    renamed.set(today, name);
    return today;
  }

  /**
   * @param path the path from the class `home` to here: it names the record of a map's entries, because Avro
   * requires a name
   */
  function schemaOf(shape: Shape, home: string, path: string): unknown {
    switch (shape.kind) {
      case "primitive":
        return PRIMITIVES[shape.primitive];
      case "bytes":
        return shape.container === "Uint8Array" ? "bytes" : annotated("bytes", shape.container);
      case "typed":
        return annotated("array", shape.source, { items: PRIMITIVES[shape.element.primitive] });
      case "list":
        return { type: "array", items: schemaOf(shape.element, home, `${path}_item`) };
      case "set":
        return annotated("array", "set", { items: schemaOf(shape.element, home, `${path}_item`) });
      case "map":
        if (isString(shape.key)) return { type: "map", values: schemaOf(shape.value, home, `${path}_value`) };
        return annotated("array", "map", { items: entry(shape.key, shape.value, home, path) });
      case "option": {
        const element = schemaOf(shape.element, home, path);
        return ["null", ...(Array.isArray(element) ? element : [element])];
      }
      case "enum":
        return named(called(shape), () => ({ type: "enum", symbols: shape.cases }));
      case "record":
        if (shape.branches) return shape.branches.map((branch) => schemaOf(branch, home, path));
        return isShared(shape) ? annotated("int", `shared ${called(shape).name}`) : recordOf(shape);
      case "result":
        throw new Error(`no schema for a ${shape.kind}`);
    }
  }

  function recordOf(shape: RecordShape): unknown {
    const { dropped, revision } = shape;
    return named(called(shape), () => ({
      type: "record",
      fields: shape === root ? tabled(fieldsOf(shape)) : fieldsOf(shape),
      ...(dropped && { dropped }),
      ...(revision && { moult: `revision ${revision}` }),
    }));
  }

  function fieldsOf(shape: RecordShape): object[] {
    return shape.fields.map((field) => fieldOf(field, shape.name));
  }

  /** Adds to a root's fields: which of its parts are `@shared`, and the table of all such objects. */
  function tabled(fields: object[]): object[] {
    const classes = sharedOf(root);
    if (classes.length === 0) return fields;
    const records = classes.map(recordOf);
    const items = records.length === 1 ? records[0] : records;
    return [
      { name: HELD, type: { type: "map", values: "int" }, default: {} },
      ...fields,
      { name: TABLE, type: annotated("array", "shared", { items }), default: [] },
    ];
  }

  /** `Totals_hits`: the record of a key and a value. */
  function entry(key: Shape, value: Shape, home: string, path: string): unknown {
    let name = home + path;
    while (taken.has(name)) name += "_";
    taken.add(name);
    const today = todayOf(home) === home ? name : todayOf(home) + path;
    return named({ name, today }, () => ({
      type: "record",
      fields: [
        { name: "key", type: schemaOf(key, home, `${path}_key`) },
        { name: "value", type: schemaOf(value, home, `${path}_value`) },
      ],
    }));
  }

  function called({ name: own, source, aliases = [] }: Extract<Shape, { kind: "record" | "enum" }>) {
    const name = nameFor(own, source);
    return { name, today: name === own ? todayOf(own) : name, was: aliases };
  }

  /** An older class in another file may have the name of a newer one. */
  function nameFor(own: string, source: string): string {
    const known = given.get(source);
    if (known !== undefined) return known;
    let name = own;
    for (let n = 2; [...given.values()].includes(name); n++) name = `${own}_${n}`;
    given.set(source, name);
    return name;
  }

  function fieldOf({ name, shape, initial, aliases }: FieldShape, home: string): object {
    const type = schemaOf(shape, home, `_${name}`);
    const begins =
      initial === undefined ? {} : { [isOfFirst(shape, initial) ? "default" : "initial"]: initial };
    return { name, type, ...begins, ...(aliases && { aliases }) };
  }

  return recordOf(root);
}

/**
 * Whether every tool accepts a default: before Avro 1.12 the default of a union had to be of its first
 * branch, here null, and such tools refuse a schema with any other.
 */
function isOfFirst(shape: Shape, initial: unknown): boolean {
  switch (shape.kind) {
    case "option":
      return initial === null;
    case "list":
    case "set":
      return (initial as unknown[]).every((item) => isOfFirst(shape.element, item));
    case "record": {
      const values = initial as Readonly<Record<string, unknown>>;
      return shape.fields.every((field) => isOfFirst(field.shape, values[field.name]));
    }
    case "primitive":
    case "bytes":
    case "typed":
    case "map":
    case "enum":
    case "result":
      return true;
  }
}

/** The author's names of the classes and enums of a state. */
function namesOf(root: RecordShape): string[] {
  return shapesOf([root]).flatMap((shape) =>
    shape.kind === "record" || shape.kind === "enum" ? [shape.name] : [],
  );
}

function isString(shape: Shape): boolean {
  return shape.kind === "primitive" && shape.primitive === "string";
}

/** The fingerprint that Avro defines: the SHA-256, in hexadecimal, of a schema's parsing canonical form. */
export function fingerprintOf(schema: unknown): string {
  return sha256(new TextEncoder().encode(canonicalForm(schema)));
}
