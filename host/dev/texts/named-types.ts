/** The named types of an interface, each once, and after the types that it needs. */
import { isKind, type Manifest, match, type TypeKinds, type ValueType } from "../../../abi/tools.ts";

export type Functions = Manifest["exports"];
/** Types that are always spelled by their name. */
export type NamedType = TypeKinds[(typeof NAMED)[number]];
const NAMED = ["record", "enum", "flags", "variant"] as const;

export interface NamedTypes {
  readonly all: readonly { readonly name: string; readonly type: NamedType }[];
  /** The name of a type. */
  of(type: NamedType): string;
}

export interface NamedTypesOptions {
  /** Turns a manifest's name, which may be any text, into a name of the language. */
  readonly spell: (name: string) => string;
  /** Names that are already used. */
  readonly taken: Iterable<string>;
}

/** Equal types get one name, and different types different names, whatever their names in the manifest. */
export function namedTypes(functions: Functions, { spell, taken }: NamedTypesOptions): NamedTypes {
  const given = new Set(taken);
  const names = new Map<string, string>();
  const all: { name: string; type: NamedType }[] = [];
  const add = (type: NamedType, kind: string): void => {
    const key = JSON.stringify(type);
    if (names.has(key)) return;
    const name = free(spell(type.name ?? kind), given);
    names.set(key, name);
    all.push({ name, type });
  };
  const visit = (type: ValueType): void => {
    for (const inner of within(type)) visit(inner);
    for (const kind of NAMED) if (isKind(kind, type)) add(type, kind);
  };
  for (const { params, result } of functions) {
    for (const { type } of params) visit(type);
    if (result !== undefined) visit(result);
  }
  return { all, of: (type) => names.get(JSON.stringify(type)) as string };
}

/** The types that a type consists of. */
function within(type: ValueType): readonly ValueType[] {
  return match<readonly ValueType[]>(type, {
    primitive: () => [],
    list: ({ list }) => [list],
    record: ({ record }) => record.map((field) => field.type),
    tuple: ({ tuple }) => tuple,
    option: ({ option }) => [option],
    result: ({ result }) => present([result.ok, result.err]),
    enum: () => [],
    flags: () => [],
    variant: ({ variant }) => present(variant.map((each) => each.type)),
    map: ({ map }) => map,
  });
}

function present(types: readonly (ValueType | undefined)[]): ValueType[] {
  return types.filter((type) => type !== undefined);
}

/** The name, or the name with the first free number; marks it as used. */
function free(name: string, given: Set<string>): string {
  let found = name;
  for (let n = 2; given.has(found); n++) found = `${name}${n}`;
  given.add(found);
  return found;
}
