/** A `.proto` of what a plugin serves: the same for a module's manifest, a plugin that is open, and a server's description. */
import {
  type FunctionType,
  isKind,
  kebabCase,
  type ManifestFunction,
  type ValueType,
} from "../../abi/tools.ts";
import { bare } from "../remote/description.ts";
import { formOf, numberOf, oneOf, type Part, scalarOf } from "./field-form.ts";
import { fieldName, Names, packageOf, typeName, valueName } from "./proto-name.ts";

/** What a `.proto` is made of: a manifest has it. */
export interface Served {
  readonly name: string;
  readonly version: string;
  readonly interface?: string | undefined;
  readonly exports: readonly ManifestFunction[];
}

export interface ProtoFile {
  /** The plugin's name and version. */
  readonly of: string;
  readonly package: string;
  readonly service: string;
  readonly methods: readonly Method[];
  /** In the order in which they are reached: what is added at the end renames nothing. */
  readonly types: readonly (Message | Enum)[];
  /** Whether a case carries nothing, and so is a `google.protobuf.Empty`. */
  readonly empty: boolean;
}

export interface Method {
  readonly name: string;
  /** The function's name in WIT. */
  readonly function: string;
  readonly request: string;
  readonly response: string;
  /** The message of its err. */
  readonly error?: string;
  readonly docs?: string;
}

export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
  /** The name of the group of which one field is there. */
  readonly oneof?: string;
}

export interface Field {
  readonly name: string;
  readonly number: number;
  /** With its label: `repeated string`. */
  readonly type: string;
  /** What protobuf cannot say of it. */
  readonly note?: string;
}

export interface Enum {
  readonly name: string;
  /** By number, from 0. */
  readonly values: readonly string[];
}

const EMPTY = "google.protobuf.Empty";
/** The interface of a plugin that names none. */
const WORLD = "moult:plugin/world@1.0.0";

export function protoFile(served: Served): ProtoFile {
  const file = new Making();
  const { package: own, service } = packageOf(served.interface ?? WORLD);
  file.names.take(service);
  const rpcs = new Names();
  const methods = served.exports.map((each): Method => {
    const name = rpcs.take(typeName(kebabCase(each.name)));
    const { params, result } = each;
    const { answer, err } = answerOf(each);
    const value = (of: ValueType | undefined) => (of === undefined ? [] : [{ name: "value", type: of }]);
    return {
      name,
      function: each.name,
      request: file.message(`${name}Request`, params),
      response: file.message(`${name}Response`, value(answer)),
      ...(isKind("result", result) && { error: file.message(`${name}Error`, value(err)) }),
      ...(each.docs !== undefined && { docs: each.docs }),
    };
  });
  const { types, empty } = file;
  return { of: `${served.name} ${served.version}`, package: own, service, methods, types, empty };
}

/** An answer that is a result crosses as an answer or as an error. */
export function answerOf({ result }: FunctionType): { answer?: ValueType; err?: ValueType } {
  if (!isKind("result", result)) return result === undefined ? {} : { answer: result };
  const { ok, err } = result.result;
  return { ...(ok !== undefined && { answer: ok }), ...(err !== undefined && { err }) };
}

interface InMessage {
  readonly number: number;
  /** Whether it is one of a group, of which one is there. */
  readonly isCase: boolean;
  readonly names: Names;
}

class Making {
  readonly names = new Names();
  readonly types: (Message | Enum)[] = [];
  empty = false;
  /** Types that have a name of their own, by what they are. */
  readonly #titled = new Map<string, string>();

  message(wanted: string, parts: readonly Part[], oneof?: string): string {
    const name = this.names.take(wanted);
    const at = this.types.push({ name, fields: [] }) - 1;
    const names = new Names();
    const isCase = oneof !== undefined;
    const fields = parts.map((part, i) => this.#field(name, part, { number: numberOf(i), isCase, names }));
    const own = isCase ? { oneof: names.take(oneof, jsonName) } : {};
    this.types[at] = { name, fields, ...own };
    return name;
  }

  #field(owner: string, { name: given, type }: Part, { number, isCase, names }: InMessage): Field {
    const name = names.take(fieldName(given), jsonName);
    if (type === undefined) {
      this.empty = true;
      return { name, number, type: EMPTY };
    }
    const path = `${owner}${typeName(given)}`;
    const note = noteOf(type);
    const noted = note === undefined ? {} : { note };
    // A case can be no repeated field, no map and no optional one.
    if (isCase) return { name, number, type: this.#one(path, type), ...noted };
    const form = formOf(type);
    const one = this.#one(path, form.of);
    const label = form.label === "one" ? "" : form.label === "pairs" ? "repeated " : `${form.label} `;
    const spelled = form.label === "map" ? `map<${scalarOf(form.key)}, ${one}>` : `${label}${one}`;
    return { name, number, type: spelled, ...noted };
  }

  /** @param path what it is called where it has no name of its own */
  #one(path: string, type: ValueType): string {
    const form = oneOf(type);
    if (form.one === "scalar") return form.scalar;
    const title = typeof type === "object" && "name" in type ? type.name : undefined;
    const key = title === undefined ? undefined : JSON.stringify([title, bare(type)]);
    const known = key === undefined ? undefined : this.#titled.get(key);
    if (known !== undefined) return known;
    const wanted = title === undefined ? path : typeName(title);
    const name = this.#made(wanted, form);
    if (key !== undefined) this.#titled.set(key, name);
    return name;
  }

  #made(wanted: string, form: Exclude<ReturnType<typeof oneOf>, { one: "scalar" }>): string {
    switch (form.one) {
      case "enum":
        return this.#enum(wanted, form.cases);
      case "message":
        return this.message(wanted, form.parts);
      case "choice":
        return this.message(wanted, form.parts, form.called);
      case "wrapped":
        return this.message(wanted, [form.part]);
    }
  }

  #enum(wanted: string, cases: readonly string[]): string {
    const name = this.names.take(wanted);
    const values = ["unspecified", ...cases].map((each) => this.names.take(valueName(name, each)));
    this.types.push({ name, values });
    return name;
  }
}

/** protobuf's own name of a field in JSON, by which two fields may not be the same. */
function jsonName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Types that are narrower than the field. */
function noteOf(type: ValueType): string | undefined {
  const inner = isKind("option", type) ? type.option : type;
  if (isKind("list", inner)) {
    if (inner.length !== undefined) return `always ${inner.length} of them`;
    return inner.list === "u8" ? undefined : noteOf(inner.list);
  }
  if (inner === "char") return "one character";
  return inner === "s8" || inner === "u8" || inner === "s16" || inner === "u16" ? NARROW[inner] : undefined;
}

const NARROW = {
  s8: "-128 to 127",
  u8: "0 to 255",
  s16: "-32768 to 32767",
  u16: "0 to 65535",
} as const;
