/** The identity of a schema in Avro: its parsing canonical form, and the hash of that. */
import { digestOf } from "./digest.ts";
import type { Schema } from "./schema.ts";
import { parseSchema } from "./schema-parser.ts";

/**
 * Avro's parsing canonical form: full names, no white space, and only attributes that affect how Avro reads
 * bytes. It has no `moult` attributes, so equal forms do not prove equal states; see `differences`.
 *
 * @param json a schema in Avro's JSON form
 * @throws AbiError `schema` when it is not a schema
 */
export function canonicalForm(json: unknown): string {
  return form(parseSchema(json), new Set());
}

/**
 * The fingerprint that Avro defines for a schema: SHA-256 of the parsing canonical form, 64 hexadecimal
 * digits.
 *
 * @throws AbiError `schema` when it is not a schema
 */
export async function fingerprint(json: unknown): Promise<string> {
  return digestOf(new TextEncoder().encode(canonicalForm(json)));
}

/** Names, symbols and kinds are ASCII without quotes, so nothing has to be escaped. */
function form(schema: Schema, defined: Set<Schema>): string {
  if (defined.has(schema)) return `"${(schema as { name: string }).name}"`;
  if ("name" in schema) defined.add(schema);
  switch (schema.kind) {
    case "array":
      return `{"type":"array","items":${form(schema.items, defined)}}`;
    case "map":
      return `{"type":"map","values":${form(schema.values, defined)}}`;
    case "union":
      return `[${schema.branches.map((branch) => form(branch, defined)).join(",")}]`;
    case "enum":
      return `{"name":"${schema.name}","type":"enum","symbols":${JSON.stringify(schema.symbols)}}`;
    case "fixed":
      return `{"name":"${schema.name}","type":"fixed","size":${schema.size}}`;
    case "record": {
      const fields = schema.fields.map(
        ({ name, type }) => `{"name":"${name}","type":${form(type, defined)}}`,
      );
      return `{"name":"${schema.name}","type":"record","fields":[${fields.join(",")}]}`;
    }
    default:
      return `"${schema.kind}"`;
  }
}
