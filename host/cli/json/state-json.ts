/** States as JSON: the values of an Avro datum, by its schema. */
import { numberJson, type Schema } from "../../../abi/tools.ts";

/**
 * Converts a value of `decode` to JSON. A 64-bit integer is a number where that is exact, else text; NaN and
 * infinities are text. Bytes and typed arrays are lists; a map with text keys is an object, any other map a
 * list of pairs.
 */
export function stateJson(schema: Schema, value: unknown): unknown {
  switch (schema.kind) {
    case "array":
      return listJson(schema.items, value, schema.moult);
    case "map": {
      const entries = [...(value as Map<string, unknown>)];
      return Object.fromEntries(entries.map(([key, each]) => [key, stateJson(schema.values, each)]));
    }
    case "record": {
      const record = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(schema.fields.map(({ name, type }) => [name, stateJson(type, record[name])]));
    }
    case "union":
      return unionJson(schema.branches, value);
    case "bytes":
    case "fixed":
      return [...(value as Uint8Array)];
    default:
      return numberJson(value);
  }
}

function listJson(items: Schema, value: unknown, moult: string | undefined): unknown {
  if (moult === "map" && items.kind === "record") {
    const [of, to] = items.fields.map(({ type }) => type);
    const pairs = [...(value as Map<unknown, unknown>)];
    if (of && to) return pairs.map(([key, each]) => [stateJson(of, key), stateJson(to, each)]);
  }
  return Array.from(value as Iterable<unknown>, (each) => stateJson(items, each));
}

/** A union of null and one type becomes null or the value, any other union `{ branch: value }`. */
function unionJson(branches: readonly Schema[], value: unknown): unknown {
  const others = branches.filter(({ kind }) => kind !== "null");
  const [only] = others;
  if (value === null || only === undefined) return null;
  if (branches.length === 2 && others.length === 1) return stateJson(only, value);
  const [[name, inner] = ["", undefined]] = Object.entries(value as object);
  const branch = others.find((each) => ("name" in each ? each.name : each.kind) === name);
  return { [name]: branch ? stateJson(branch, inner) : inner };
}
