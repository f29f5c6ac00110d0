/** The types of an interface that have names of their own, each once, those that others need first. */
import { isKind, type Manifest, match, type TypeKinds, type ValueType } from "../../../abi/tools.ts";

export type Functions = Manifest["exports"];
/** What is spelled by name wherever it stands. */
export type NamedType = TypeKinds[(typeof NAMED)[number]];
const NAMED = ["record", "enum", "flags", "variant"] as const;

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

/** The types that a type is made of. */
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

/** The name, or with the first number that makes it another one; it is given away then. */
function free(name: string, given: Set<string>): string {
  let found = name;
  for (let n = 2; given.has(found); n++) found = `${name}${n}`;
  given.add(found);
  return found;
}
