/** The types of an interface that have names of their own, each once, those that others need first. */
import type { Manifest, ValueType } from "../../../abi/mod.ts";

export type Functions = Manifest["exports"];
/** What is spelled by name wherever it stands. */
export type NamedType = Extract<
  ValueType,
  | { readonly record: unknown }
  | { readonly enum: unknown }
  | { readonly flags: unknown }
  | { readonly variant: unknown }
>;

export interface NamedTypes {
  readonly all: readonly { readonly name: string; readonly type: NamedType }[];
  /** The name of a type that is one of them. */
  of(type: NamedType): string;
}

export interface NamedTypesOptions {
  /** From the manifest's name, which may be any text, to one that the language takes. */
  readonly spell: (name: string) => string;
  /** Names that are given away. */
  readonly taken: Iterable<string>;
}

/** Equal types have one name; types that differ have names that differ, whatever a manifest calls them. */
export function namedTypes(functions: Functions, { spell, taken }: NamedTypesOptions): NamedTypes {
  const given = new Set(taken);
  const names = new Map<string, string>();
  const all: { name: string; type: NamedType }[] = [];
  const visit = (type: ValueType): void => {
    if (typeof type === "string") return;
    for (const inner of within(type)) visit(inner);
    if (!isNamed(type) || names.has(JSON.stringify(type))) return;
    const name = free(spell(type.name ?? kindOf(type)), given);
    names.set(JSON.stringify(type), name);
    all.push({ name, type });
  };
  for (const { params, result } of functions) {
    for (const { type } of params) visit(type);
    if (result !== undefined) visit(result);
  }
  return { all, of: (type) => names.get(JSON.stringify(type)) as string };
}

export function isNamed(type: ValueType): type is NamedType {
  return kindOf(type) !== undefined;
}

function kindOf(type: ValueType): string {
  return ["record", "enum", "flags", "variant"].find(
    (kind) => typeof type === "object" && kind in type,
  ) as string;
}

/** The types that a type is made of. */
function within(type: Exclude<ValueType, string>): readonly ValueType[] {
  if ("list" in type) return [type.list];
  if ("record" in type) return type.record.map((field) => field.type);
  if ("tuple" in type) return type.tuple;
  if ("option" in type) return [type.option];
  if ("result" in type) return present([type.result.ok, type.result.err]);
  if ("variant" in type) return present(type.variant.map((each) => each.type));
  if ("map" in type) return type.map;
  return [];
}

function present(types: readonly (ValueType | undefined)[]): ValueType[] {
  return types.filter((type) => type !== undefined);
}

/** The name, or with the first number that makes it another one; it is given away then. */
function free(name: string, given: Set<string>): string {
  let found = name;
  for (let n = 2; given.has(found); n++) found = `${name}${n}`;
  given.add(found);
  return found;
}
