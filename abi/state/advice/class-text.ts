/** Classes of an older version as AssemblyScript, generated from its schema. */
import { type EnumSchema, type RecordSchema, type Schema, shortName } from "../avro/schema.ts";
import { spell } from "../avro/spelling.ts";
import { TYPED } from "../avro/width.ts";

/** The name of an old class or enum in the text. */
export type NameOf = (type: RecordSchema | EnumSchema) => string;

/** A field's type in AssemblyScript. */
export function typeText(schema: Schema, nameOf: NameOf): string {
  const inner = (part: Schema) => typeText(part, nameOf);
  switch (schema.kind) {
    case "record":
    case "enum":
      return nameOf(schema);
    case "map":
      return `Map<string, ${inner(schema.values)}>`;
    case "array": {
      const { items, moult } = schema;
      if (moult === "set") return `Set<${inner(items)}>`;
      if (moult === "map" && items.kind === "record") {
        return `Map<${items.fields.map(({ type }) => inner(type)).join(", ")}>`;
      }
      return moult !== undefined && TYPED.has(moult) ? moult : `Array<${inner(items)}>`;
    }
    case "union": {
      const [element] = schema.branches.filter(({ kind }) => kind !== "null");
      if (element === undefined) return "Option<u8>";
      return isReference(element) ? `${inner(element)} | null` : `Option<${inner(element)}>`;
    }
    default:
      return spell(schema);
  }
}

/** Whether AssemblyScript has an object for it, which may be null. */
function isReference({ kind }: Schema): boolean {
  return ["record", "array", "map", "string", "bytes", "fixed"].includes(kind);
}

/** An initial value for a field of the type: a restore replaces it. */
export function beginText(schema: Schema, nameOf: NameOf): string {
  const type = typeText(schema, nameOf);
  switch (schema.kind) {
    case "boolean":
      return "false";
    case "string":
      return '""';
    case "enum":
      return `${nameOf(schema)}.${schema.symbols[0]}`;
    case "array":
      return type.startsWith("Array<") ? "[]" : `new ${type}(${TYPED.has(type) ? "0" : ""})`;
    case "bytes":
    case "fixed":
      return `new ${type}(0)`;
    case "record":
    case "map":
      return `new ${type}()`;
    case "union":
      return type.startsWith("Option<") ? `Option.none${type.slice("Option".length)}()` : "null";
    default:
      return "0";
  }
}

/** The fields of a class, one on each line, indented by `indent`. */
export function fieldLines({ fields }: RecordSchema, nameOf: NameOf, indent = "  "): string[] {
  return fields.map(({ name, type }) => {
    return `${indent}${name}: ${typeText(type, nameOf)} = ${beginText(type, nameOf)};`;
  });
}

/** `@shared @revision(2) class PageV2 {` */
export function classHead(record: RecordSchema, name: string, shared = false): string {
  const revision = /^revision (\d+)$/.exec(record.moult ?? "")?.[1];
  return `${shared ? "@shared " : ""}${revision ? `@revision(${revision}) ` : ""}class ${name} {`;
}

export function enumText(schema: EnumSchema, name: string): string {
  return `enum ${name} { ${schema.symbols.join(", ")} }`;
}

/** The whole text of a class without a step. */
export function classText(record: RecordSchema, nameOf: NameOf, shared = false): string {
  return [classHead(record, nameOf(record), shared), ...fieldLines(record, nameOf), "}"].join("\n");
}

/** `demo.Totals` without its namespace, the author's own name. */
export function ownName(type: RecordSchema | EnumSchema): string {
  return shortName(type.name);
}
