/**
 * Generates the code that makes guest objects of values from the host, which come as core values or in
 * memory.
 */
import type { CoreType } from "../canonical/layout.ts";
import type { Generated } from "./generated.ts";
import type { RecordShape, Shape } from "./shape.ts";
import { isPlainList, isReference, layoutOf, structOf, unionOf } from "./value-type.ts";

/** An expression that makes a value from core values, given as names or simple expressions. */
export function lifted(shape: Shape, flat: readonly string[], file: Generated): string {
  const [first = "", second = ""] = flat;
  switch (shape.kind) {
    case "primitive":
      if (shape.primitive === "string")
        return `${file.use("lift", "liftString")}(<usize>${first}, ${second})`;
      if (shape.primitive === "bool") return `${first} != 0`;
      return `<${shape.source}>${first}`;
    case "enum":
      return first;
    case "record":
    case "option":
    case "result": {
      const name = file.define(`lift ${shape.source}`, (name) => liftFlat(shape, name, file));
      return `${name}(${flat.join(", ")})`;
    }
    case "bytes":
    case "typed":
    case "list":
    case "set":
    case "map":
      return `${listLifter(shape, file)}(<usize>${first}, ${second})`;
  }
}

/** An expression that makes a value from memory at `at`, a simple expression. */
export function loaded(shape: Shape, at: string, file: Generated): string {
  switch (shape.kind) {
    case "primitive":
      if (shape.primitive === "bool") return `load<u8>(${at}) != 0`;
      if (shape.primitive !== "string") return `load<${shape.source}>(${at})`;
      return lifted(shape, pair(at), file);
    case "enum":
      return `<i32>load<${tagType(layoutOf(shape).size)}>(${at})`;
    case "record":
    case "option":
    case "result":
      return `${file.define(`load ${shape.source}`, (name) => loader(shape, name, file))}(${at})`;
    case "bytes":
    case "typed":
    case "list":
    case "set":
    case "map":
      return lifted(shape, pair(at), file);
  }
}

/** The pointer and the length in memory at `at`. */
function pair(at: string): readonly string[] {
  return [`load<usize>(${at})`, `load<i32>(${at}, 4)`];
}

export function tagType(size: number): string {
  return size === 1 ? "u8" : size === 2 ? "u16" : "u32";
}

type Compound = Extract<Shape, { kind: "record" | "option" | "result" }>;

function liftFlat(shape: Compound, name: string, file: Generated): string {
  const { flat } = layoutOf(shape);
  const names = flat.map((_, index) => `p${index}`);
  const params = flat.map((core, index) => `p${index}: ${core}`).join(", ");
  return `function ${name}(${params}): ${shape.source} {\n${body()}}\n`;

  function body(): string {
    if (shape.kind === "record") {
      let at = 0;
      return construct(
        shape,
        (field) => {
          const size = layoutOf(field).flat.length;
          at += size;
          return lifted(field, names.slice(at - size, at), file);
        },
        file,
      );
    }
    return choose(shape, "p0", (payload) => {
      const wanted = layoutOf(payload).flat;
      return lifted(
        payload,
        wanted.map((core, i) => narrow(`p${i + 1}`, flat[i + 1] ?? core, core)),
        file,
      );
    });
  }
}

function loader(shape: Compound, name: string, file: Generated): string {
  return `function ${name}(at: usize): ${shape.source} {\n${body()}}\n`;

  function body(): string {
    if (shape.kind === "record") {
      const { offsets } = structOf(shape.fields.map((field) => field.shape));
      let index = 0;
      return construct(shape, (field) => loaded(field, `at + ${offsets[index++]}`, file), file);
    }
    const { payload } =
      shape.kind === "option" ? unionOf([undefined, shape.element]) : unionOf([shape.ok, shape.err]);
    return choose(shape, "load<u8>(at)", (inner) => loaded(inner, `at + ${payload}`, file));
  }
}

/** An object is filled field by field, without its constructor, and whatever its `readonly` says. */
function construct(shape: RecordShape, value: (field: Shape) => string, file: Generated): string {
  const lines = [
    `const o = changetype<${shape.source}>(__new(offsetof<${shape.source}>(), idof<${shape.source}>()));`,
  ];
  for (const { name, shape: field } of shape.fields) {
    const offset = `offsetof<${shape.source}>(${JSON.stringify(name)})`;
    if (!isReference(field)) {
      const type = field.kind === "primitive" ? field.source : "i32";
      lines.push(`store<${type}>(changetype<usize>(o), ${value(field)}, ${offset});`);
      continue;
    }
    const local = file.fresh();
    lines.push(
      `const ${local}: ${field.source} = ${value(field)};`,
      `store<usize>(changetype<usize>(o), changetype<usize>(${local}), ${offset});`,
      `__link(changetype<usize>(o), changetype<usize>(${local}), false);`,
    );
  }
  return block([...lines, "return o;"]);
}

/** Chooses by the discriminant: none or some, ok or err. */
function choose(
  shape: Exclude<Compound, RecordShape>,
  tag: string,
  value: (payload: Shape) => string,
): string {
  if (shape.kind === "result") {
    const type = shape.source.slice(0, shape.source.indexOf("<"));
    const types = `<${shape.ok ? `${shape.ok.source}, ` : ""}${shape.err.source}>`;
    return block([
      `if (${tag}) return ${type}.err${types}(${value(shape.err)});`,
      `return ${type}.ok${types}(${shape.ok ? value(shape.ok) : ""});`,
    ]);
  }
  if (shape.nullable) return block([`if (!${tag}) return null;`, `return ${value(shape.element)};`]);
  const type = shape.source.slice(0, shape.source.indexOf("<"));
  return block([
    `if (!${tag}) return ${type}.none<${shape.element.source}>();`,
    `return ${type}.some<${shape.element.source}>(${value(shape.element)});`,
  ]);
}

/** The name of a function `(at: usize, length: i32)` that makes a list of any kind. */
function listLifter(shape: Shape, file: Generated): string {
  switch (shape.kind) {
    case "bytes":
      if (shape.container === "Uint8Array") return `${file.use("lift", "liftTyped")}<Uint8Array>`;
      return `${file.use("lift", "liftBuffer")}<${shape.source}>`;
    case "typed":
      return `${file.use("lift", "liftTyped")}<${shape.source}>`;
    case "list":
      if (isPlainList(shape)) return `${file.use("lift", "liftArray")}<${shape.element.source}>`;
      return collection(shape, [shape.element], ([element]) => `unchecked(list[i] = ${element});`, file);
    case "set":
      return collection(shape, [shape.element], ([element]) => `list.add(${element});`, file);
    case "map":
      return collection(
        shape,
        [shape.key, shape.value],
        ([key, value]) => `list.set(${key}, ${value});`,
        file,
      );
    case "primitive":
    case "enum":
    case "record":
    case "option":
    case "result":
      throw new Error(`${shape.source} is no list`);
  }
}

function collection(
  shape: Shape,
  entry: readonly Shape[],
  add: (values: readonly string[]) => string,
  file: Generated,
): string {
  const { size, offsets } = structOf(entry);
  return file.define(`list ${shape.source}`, (name) => {
    // Each value is held in a managed local before it is added, because adding may allocate.
    const locals = entry.map(
      (one, i) => `const e${i}: ${one.source} = ${loaded(one, `at + ${offsets[i]}`, file)};`,
    );
    return `function ${name}(at: usize, length: i32): ${shape.source} {
  const list = new ${shape.source}(${shape.kind === "list" ? "length" : ""});
  for (let i = 0; i < length; ++i, at += ${size}) {
    ${[...locals, add(entry.map((_, i) => `e${i}`))].join("\n    ")}
  }
  return list;
}
`;
  });
}

/** Converts the core value that a union's cases share to the one of this case. */
function narrow(value: string, from: CoreType, to: CoreType): string {
  if (from === to) return value;
  if (to === "f64") return `reinterpret<f64>(${value})`;
  const low = from === "i64" ? `<i32>${value}` : value;
  return to === "f32" ? `reinterpret<f32>(${low})` : low;
}

function block(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join("");
}
