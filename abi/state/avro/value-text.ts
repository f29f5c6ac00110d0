/** A value of a state in the author's words, for messages. */
import { decode } from "./decode.ts";
import type { Schema } from "./schema.ts";

/** The most characters of one value in a message. */
const MOST = 80;

/** `{ ttl: 30, names: ["a", "b"] }` for a datum, cut to the length of a message. */
export function valueText(schema: Schema, datum: Uint8Array): string {
  const text = textOf(decode(schema, datum), schema.kind === "enum");
  return text.length > MOST ? `${text.slice(0, MOST - 3)}...` : text;
}

function textOf(value: unknown, symbol = false): string {
  if (typeof value === "string") return symbol ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Map) {
    const entries = [...value].map(([key, each]) => `${textOf(key)} => ${textOf(each)}`);
    return entries.length === 0 ? "an empty Map" : `Map { ${entries.join(", ")} }`;
  }
  if (Symbol.iterator in value) {
    const items = [...(value as Iterable<unknown>)].map((each) => textOf(each));
    return `[${items.join(", ")}]`;
  }
  const fields = Object.entries(value).map(([name, each]) => `${name}: ${textOf(each)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
