/** A schema in the author's words, for messages. */
import { type Schema, shortName } from "./schema.ts";
import { referenceOf } from "./table.ts";
import { TYPED } from "./width.ts";

/** `Map<string, u64>` for a schema; types below `depth` are left out. */
export function spell(schema: Schema, depth = 4): string {
  if (depth === 0) return "...";
  const inner = (part: Schema) => spell(part, depth - 1);
  switch (schema.kind) {
    case "null":
    case "string":
      return schema.moult ?? schema.kind;
    case "boolean":
      return schema.moult ?? "bool";
    case "int": {
      const shared = referenceOf(schema);
      return shared === undefined ? (schema.moult ?? "i32") : `@shared ${shared}`;
    }
    case "long":
      return schema.moult ?? "i64";
    case "float":
      return schema.moult ?? "f32";
    case "double":
      return schema.moult ?? "f64";
    case "bytes":
      return schema.moult === "StaticArray" ? "StaticArray<u8>" : (schema.moult ?? "Uint8Array");
    case "array":
      return spellList(schema.moult, schema.items, inner);
    case "map":
      return `Map<string, ${inner(schema.values)}>`;
    case "union":
      // Authors write null last.
      return [...schema.branches]
        .sort((a, b) => Number(a.kind === "null") - Number(b.kind === "null"))
        .map(inner)
        .join(" | ");
    default:
      return shortName(schema.name);
  }
}

function spellList(moult: string | undefined, items: Schema, inner: (part: Schema) => string): string {
  if (moult === undefined) return `Array<${inner(items)}>`;
  if (moult === "set") return `Set<${inner(items)}>`;
  if (moult === "map" && items.kind === "record") {
    return `Map<${items.fields.map((field) => inner(field.type)).join(", ")}>`;
  }
  return TYPED.has(moult) ? moult : `${moult}<${inner(items)}>`;
}
