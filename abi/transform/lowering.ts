/**
 * Generates the code that passes guest objects to the host, as core values or in memory, by pointing at them
 * where possible.
 */
import type { CoreType } from "../canonical/layout.ts";
import type { Generated } from "./generated.ts";
import { tagType } from "./lifting.ts";
import type { RecordShape, Shape } from "./shape.ts";
import { isPlainList, layoutOf, structOf, unionOf } from "./value-type.ts";

/** A local that is declared, zero, and waits for a core value. */
export interface Target {
  readonly name: string;
  readonly core: CoreType;
}

/** Statements that turn a value, given as a simple expression, into core values. */
export function lowered(shape: Shape, value: string, targets: readonly Target[], file: Generated): string {
  const [first] = targets;
  switch (shape.kind) {
    case "primitive":
      if (shape.primitive === "string") return loweredPair(shape, value, targets, file);
      return assign(first, scalar(shape.source, value), coreOf(shape));
    case "enum":
      return assign(first, checkedCase(shape, value, file), "i32");
    case "record": {
      let at = 0;
      return shape.fields
        .map((field) => {
          const size = layoutOf(field.shape).flat.length;
          at += size;
          return bound(
            field,
            `${value}.${field.name}`,
            (name) => lowered(field.shape, name, targets.slice(at - size, at), file),
            file,
          );
        })
        .join("");
    }
    case "option": {
      const inner = bound(
        { shape: shape.element },
        payloadOf(shape, value),
        (name) => lowered(shape.element, name, targets.slice(1), file),
        file,
      );
      return `if (${isPresent(shape, value)}) {\n${assign(first, "1", "i32")}${inner}}\n`;
    }
    case "result": {
      const arm = (part: Shape | undefined, member: string) =>
        part
          ? bound(
              { shape: part },
              `${value}.${member}`,
              (name) => lowered(part, name, targets.slice(1), file),
              file,
            )
          : "";
      const err = `${assign(first, "1", "i32")}${arm(shape.err, "error")}`;
      return `if (${value}.isOk) {\n${arm(shape.ok, "value")}} else {\n${err}}\n`;
    }
    case "bytes":
    case "typed":
    case "list":
    case "set":
    case "map":
      return loweredPair(shape, value, targets, file);
  }
}

function loweredPair(shape: Shape, value: string, targets: readonly Target[], file: Generated): string {
  const [at, length] = pointed(shape, value, file);
  return assign(targets[0], `<i32>${at}`, "i32") + assign(targets[1], length, "i32");
}

/** A statement that writes a value, given as a simple expression, to memory at `at`. */
export function stored(shape: Shape, at: string, value: string, file: Generated): string {
  switch (shape.kind) {
    case "primitive":
      if (shape.primitive === "string") return storedPair(shape, at, value, file);
      return `store<${shape.source}>(${at}, ${value});\n`;
    case "enum":
      return `store<${tagType(layoutOf(shape).size)}>(${at}, ${checkedCase(shape, value, file)});\n`;
    case "record":
    case "option":
    case "result":
      return `${storerOf(shape, file)}(${at}, ${value});\n`;
    case "bytes":
    case "typed":
    case "list":
    case "set":
    case "map":
      return storedPair(shape, at, value, file);
  }
}

function storedPair(shape: Shape, at: string, value: string, file: Generated): string {
  const [pointer, length] = pointed(shape, value, file);
  return `store<usize>(${at}, ${pointer});\nstore<i32>(${at}, ${length}, 4);\n`;
}

type Compound = Extract<Shape, { kind: "record" | "option" | "result" }>;

/** The name of a function `(at: usize, value)` that stores it. */
function storerOf(shape: Compound, file: Generated): string {
  return file.define(`store ${shape.source}`, (name) => storer(shape, name, file));
}

function storer(shape: Compound, name: string, file: Generated): string {
  return `function ${name}(at: usize, value: ${shape.source}): void {\n${body()}}\n`;

  function body(): string {
    switch (shape.kind) {
      case "record":
        return storedFields(shape, file);
      case "option": {
        const { payload } = unionOf([undefined, shape.element]);
        const inner = bound(
          { shape: shape.element },
          payloadOf(shape, "value"),
          (name) => stored(shape.element, `at + ${payload}`, name, file),
          file,
        );
        const some = isPresent(shape, "value");
        return `if (${some}) {\nstore<u8>(at, 1);\n${inner}} else {\nstore<u8>(at, 0);\n}\n`;
      }
      case "result": {
        const { payload } = unionOf([shape.ok, shape.err]);
        const arm = (part: Shape | undefined, member: string) =>
          part
            ? bound(
                { shape: part },
                `value.${member}`,
                (name) => stored(part, `at + ${payload}`, name, file),
                file,
              )
            : "";
        return (
          `store<u8>(at, <u8>!value.isOk);\n` +
          `if (value.isOk) {\n${arm(shape.ok, "value")}} else {\n${arm(shape.err, "error")}}\n`
        );
      }
    }
  }
}

function storedFields(shape: RecordShape, file: Generated): string {
  const { offsets } = structOf(shape.fields.map((field) => field.shape));
  return shape.fields
    .map((field, i) =>
      bound(
        field,
        `value.${field.name}`,
        (name) => stored(field.shape, `at + ${offsets[i]}`, name, file),
        file,
      ),
    )
    .join("");
}

/** The pointer and the length of a string or list. */
function pointed(shape: Shape, value: string, file: Generated): readonly [string, string] {
  switch (shape.kind) {
    case "primitive":
      return [`changetype<usize>(${value})`, `${value}.length`];
    case "bytes":
      if (shape.container === "Uint8Array") return [`${value}.dataStart`, `${value}.length`];
      return [
        `changetype<usize>(${value})`,
        shape.container === "ArrayBuffer" ? `${value}.byteLength` : `${value}.length`,
      ];
    case "typed":
      return [`${value}.dataStart`, `${value}.length`];
    case "list":
      if (isPlainList(shape)) return [`${value}.dataStart`, `${value}.length`];
      return [`${copier(shape, [shape.element], ["value"], file)}(${value})`, `${value}.length`];
    case "set":
      return [`${copier(shape, [shape.element], ["value.values()"], file)}(${value})`, `${value}.size`];
    case "map": {
      const columns = ["value.keys()", "value.values()"];
      return [`${copier(shape, [shape.key, shape.value], columns, file)}(${value})`, `${value}.size`];
    }
    case "enum":
    case "record":
    case "option":
    case "result":
      throw new Error(`${shape.source} has no length`);
  }
}

/** The name of a function that writes a collection's entries into the arena, and returns their address. */
function copier(shape: Shape, entry: readonly Shape[], columns: readonly string[], file: Generated): string {
  const { size, align, offsets } = structOf(entry);
  return file.define(`copy ${shape.source}`, (name) => {
    const stores = entry.map((one, i) => {
      const at = `to + ${offsets[i]}`;
      return `const e${i} = c${i}[i];\n${stored(one, at, `e${i}`, file)}`;
    });
    return `function ${name}(value: ${shape.source}): usize {
  ${columns.map((column, i) => `const c${i} = ${column};`).join("\n  ")}
  const length = c0.length;
  const start = ${file.use("arena", "allocList")}(length, ${size}, ${align});
  let to = start;
  for (let i = 0; i < length; ++i, to += ${size}) {
${stores.join("")}  }
  return start;
}
`;
  });
}

/** Reads a compound value once, into a local of its own. */
function bound(
  part: { readonly shape: Shape },
  value: string,
  use: (name: string) => string,
  file: Generated,
): string {
  if (part.shape.kind === "primitive" && part.shape.primitive !== "string") return use(value);
  const name = file.fresh();
  return `const ${name} = ${value};\n${use(name)}`;
}

function isPresent(shape: Extract<Shape, { kind: "option" }>, value: string): string {
  return shape.nullable ? `${value} !== null` : `${value}.isSome`;
}

/** A value that is known not to be null needs no `!`, and the compiler would complain about one. */
function payloadOf(shape: Extract<Shape, { kind: "option" }>, value: string): string {
  return shape.nullable ? value : `${value}.value`;
}

/** AssemblyScript's enums are `i32`, so a value may be any number. */
function checkedCase(shape: Extract<Shape, { kind: "enum" }>, value: string, file: Generated): string {
  const name = file.define(
    `case ${shape.source}`,
    (name) => `function ${name}(value: i32): i32 {
  if (<u32>value < ${shape.cases.length}) return value;
  throw new RangeError(${file.use("decimal", "decimal")}(value) + " is no case of ${shape.name}");
}
`,
  );
  return `${name}(${value})`;
}

function coreOf(shape: Shape): CoreType {
  return layoutOf(shape).flat[0] ?? "i32";
}

function scalar(source: string, value: string): string {
  switch (source) {
    case "i64":
    case "f32":
    case "f64":
    case "i32":
      return value;
    case "u64":
      return `<i64>${value}`;
    default:
      return `<i32>${value}`;
  }
}

/** Converts to a core value that several cases of a union may share. */
function assign(target: Target | undefined, value: string, core: CoreType): string {
  if (target === undefined) throw new Error(`there is no core value for ${value}`);
  return `${target.name} = ${widen(value, core, target.core)};\n`;
}

function widen(value: string, from: CoreType, to: CoreType): string {
  if (from === to) return value;
  if (from === "f64") return `reinterpret<i64>(${value})`;
  const bits = from === "f32" ? `reinterpret<i32>(${value})` : value;
  return to === "i64" ? `<i64><u32>(${bits})` : bits;
}
