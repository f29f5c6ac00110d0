/** Kinds of types are told apart in one place, and a kind that a place forgets is an error of the compiler's. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import {
  AbiError,
  isKind,
  layout,
  match,
  matchPair,
  type PairCases,
  type TypeCases,
  type TypeKind,
  type ValueType,
} from "../../abi/tools.ts";

const TYPES: Readonly<Record<TypeKind, ValueType>> = {
  primitive: "u8",
  list: { list: "u8" },
  record: { record: [{ name: "a", type: "u8" }] },
  tuple: { tuple: ["u8"] },
  option: { option: "u8" },
  result: { result: {} },
  enum: { enum: ["a"] },
  flags: { flags: ["a"] },
  variant: { variant: [{ name: "a" }] },
  map: { map: ["u8", "u8"] },
};
const KINDS = Object.keys(TYPES) as TypeKind[];

const WORDS: TypeCases<string> = {
  primitive: (type) => `primitive ${type}`,
  list: ({ list }) => `list ${list}`,
  record: ({ record }) => `record ${record.length}`,
  tuple: ({ tuple }) => `tuple ${tuple.length}`,
  option: ({ option }) => `option ${option}`,
  result: ({ result }) => `result ${result.ok}`,
  enum: (type) => `enum ${type.enum}`,
  flags: ({ flags }) => `flags ${flags}`,
  variant: ({ variant }) => `variant ${variant.length}`,
  map: ({ map }) => `map ${map}`,
};
const SAME: PairCases<string> = {
  primitive: () => "primitive",
  list: (one, other) => `list ${one.list}${other.list}`,
  record: () => "record",
  tuple: () => "tuple",
  option: () => "option",
  result: () => "result",
  enum: () => "enum",
  flags: () => "flags",
  variant: () => "variant",
  map: () => "map",
};

it.each(KINDS)("asks the case of a %s, and no other", (kind) => {
  expect(match(TYPES[kind], WORDS).split(" ")[0]).toBe(kind);
  expect(KINDS.filter((each) => isKind(each, TYPES[kind]))).toEqual([kind]);
});

it.each(KINDS)("asks the case of two types that are both a %s, and none of two that are not", (kind) => {
  for (const other of KINDS) {
    const found = matchPair(TYPES[kind], TYPES[other], SAME, () => "apart");
    expect(found.split(" ")[0]).toBe(kind === other ? kind : "apart");
  }
});

it("says of no type that it is of a kind", () => {
  for (const kind of KINDS) expect(isKind(kind, undefined)).toBe(false);
});

it("refuses an object that has the key of no kind", () => {
  const odd = { future: "u8" } as unknown as ValueType;
  expect(() => match(odd, WORDS)).toThrow(AbiError);
  expect(() => layout(odd)).toThrow(
    "there is no type without a key that tells its kind, such as list or record",
  );
});

it("is a compile error where a kind is forgotten", () => {
  const { map: _, ...most } = WORDS;
  // @ts-expect-error: there is no case of a map
  const forgotten: TypeCases<string> = most;
  expect(Object.keys(forgotten)).not.toContain("map");
  const { flags: __, ...pairs } = SAME;
  // @ts-expect-error: there is no case of two flags
  const forgottenPair: PairCases<string> = pairs;
  expect(Object.keys(forgottenPair)).not.toContain("flags");
  // @ts-expect-error: an eleventh kind is none that the cases know
  const more: keyof typeof WORDS = "stream";
  expect(KINDS).not.toContain(more);
});

it("is told from others by its key in type.ts alone", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const files = ["abi", "host"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
      .filter((file) => file.endsWith(".ts")),
  );
  // Whether a type is of one kind may be asked anywhere; several such questions in a row forget a new kind.
  const chains = files.filter((file) => asked(readFileSync(join(root, file), "utf8")).size > 1);
  expect(chains).toEqual(["abi/type.ts"]);
});

/** The kinds that a text asks a type for by their keys. */
function asked(text: string): ReadonlySet<string> {
  const found = text.matchAll(new RegExp(`"(${KINDS.join("|")})" in \\w`, "g"));
  return new Set(Array.from(found, ([, kind]) => kind!));
}
