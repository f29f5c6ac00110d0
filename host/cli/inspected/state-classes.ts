/** A state's schema as the classes and enums of its author. */
import { AbiError, decode, type Schema, spellState } from "../../../abi/tools.ts";
import { stateJson } from "../json/state-json.ts";
import { readable } from "../page/readable.ts";
import { cut } from "../page/table.ts";

/** A class with fields, or an enum with symbols. */
export interface StateClass {
  readonly kind: "class" | "enum";
  readonly name: string;
  readonly fields?: readonly StateField[];
  readonly symbols?: readonly string[];
}
export interface StateField {
  readonly name: string;
  readonly type: string;
  /** The initial value where an older state has no such field, as JSON. */
  readonly initial?: unknown;
}

/** The root's class first, then the classes that it needs, in the order of their first use. */
export function stateClasses(root: Schema): StateClass[] {
  const seen = new Set<Schema>();
  const found: StateClass[] = [];
  const queue: Schema[] = [root];
  for (let schema = queue.shift(); schema; schema = queue.shift()) {
    if (seen.has(schema)) continue;
    seen.add(schema);
    if (schema.kind === "array") queue.push(...parts(schema.items, schema.moult));
    else if (schema.kind === "map") queue.push(schema.values);
    else if (schema.kind === "union") queue.push(...schema.branches);
    else if (schema.kind === "enum") {
      found.push({ kind: "enum", name: spellState(schema), symbols: schema.symbols });
    } else if (schema.kind === "record") {
      queue.push(...schema.fields.map(({ type }) => type));
      const fields = schema.fields.map(({ name, type, initial }) => ({
        name,
        type: spellState(type),
        ...(initial === undefined ? {} : initially(type, initial)),
      }));
      found.push({ kind: "class", name: spellState(schema), fields });
    }
  }
  return found;
}

/** The class for the pairs of a map is generated, not the author's. */
function parts(items: Schema, moult: string | undefined): readonly Schema[] {
  return moult === "map" && items.kind === "record" ? items.fields.map(({ type }) => type) : [items];
}

function initially(type: Schema, initial: Uint8Array): Pick<StateField, "initial"> {
  try {
    return { initial: stateJson(type, decode(type, initial)) };
  } catch (error) {
    // A default that is nested too deeply to decode does not keep the rest from being shown.
    if (error instanceof AbiError) return {};
    throw error;
  }
}

/** The most fields of one class, and symbols of one enum, that are shown. */
const MOST = 60;

/** Rows of a table: `clients` and `Set<string>`, below the name of the class. */
export function classRows(classes: readonly StateClass[]): string[][] {
  return classes.slice(0, MOST).flatMap(({ kind, name, fields = [], symbols = [] }) => {
    if (kind === "enum") return [[`enum ${name}`, "", shortList(symbols)]];
    const rows = fields
      .slice(0, MOST)
      .map((field) => [`  ${field.name}`, field.type, "initial" in field ? `= ${short(field.initial)}` : ""]);
    const more = fields.length - rows.length;
    return [[name, "", ""], ...rows, ...(more > 0 ? [[`  … and ${more} more`, "", ""]] : [])];
  });
}

function shortList(names: readonly string[]): string {
  const more = names.length > MOST ? `, … and ${names.length - MOST} more` : "";
  return `${names.slice(0, MOST).join(", ")}${more}`;
}

function short(json: unknown): string {
  return cut(readable(json, { columns: Number.POSITIVE_INFINITY, most: 8 }).join(" "), 48);
}
