import { ledElement, takeLed, takeLedOrNull } from "./leading.ts";
import { isShared, isWeightless } from "./recursion.ts";
import type { FieldShape, RecordShape, Shape } from "./shape.ts";
import { bounds, functions, isLed, isReference, spelled, type Walk } from "./walk.ts";

export interface Restoring {
  /** An expression that takes a value of the shape. */
  expression(shape: Shape, place: number | string): string;
  /** A statement that takes the fields of an object of a `@shared` class, which is given by an expression. */
  fields(shape: RecordShape, object: string): string;
  functions(): string;
}

/**
 * Generates functions that take a new object of a shape. No constructor of the author's runs: objects are
 * made empty, and every field is taken.
 *
 * @param keep generates how a part is put where an object may exist already: into that object, so that other
 * code which holds it sees the content
 */
export function restoring(walk: Walk, keep: (shape: Shape) => string | undefined): Restoring {
  const filled = functions("fill", (shape, name) => {
    if (shape.kind !== "record") throw new Error(`no function fills a ${shape.kind}`);
    const { source } = shape;
    return `function ${name}(made: ${source}): void {\n${taken(shape, keep)}}\n`;
  });
  const table = functions("take", (shape, name) => {
    const [enter, leave] = bounds(walk, shape);
    const place = shape.kind === "record" && !isLed(shape) ? "" : "place: u32";
    const returned = isLed(shape) || (shape.kind === "option" && shape.nullable);
    const result = returned ? "" : `${leave}  return made;\n`;
    return `function ${name}(${place}): ${shape.source} {\n${enter}${body(shape)}${result}}\n`;
  });

  const leading = { walk, take: (shape: RecordShape) => expression(shape, "") };

  function expression(shape: Shape, place: number | string): string {
    switch (shape.kind) {
      case "primitive":
        return shape.primitive === "string"
          ? `avro.takeString(${place})`
          : `avro.take<${spelled(shape)}>(${place})`;
      case "enum":
        return `<${shape.source}>avro.takeIndex(${shape.cases.length}, "a symbol", ${place})`;
      case "bytes":
        return `avro.take${shape.container}(${place})`;
      case "typed":
        return `avro.takeTyped<${shape.source}, ${spelled(shape.element)}>(${place})`;
      case "record":
        if (!isShared(shape)) return `${table.of(shape)}(${isLed(shape) ? place : ""})`;
        return `changetype<${shape.source}>(shared.takeShared(idof<${shape.source}>(), offsetof<${shape.source}>(), ${place}))`;
      case "list":
      case "set":
      case "map":
      case "option":
      case "result":
        return `${table.of(shape)}(${place})`;
    }
  }

  function body(shape: Shape): string {
    switch (shape.kind) {
      case "record":
        return isLed(shape) ? takeLed(shape, leading) : record(shape);
      case "option":
        if (shape.nullable) {
          const led = ledElement(shape);
          if (led !== undefined) return takeLedOrNull(led, leading);
          return `  return avro.takeBranch(place) ? ${expression(shape.element, "place")} : null;\n`;
        }
        return option(shape);
      case "list":
        return list(shape.source, shape.element);
      case "set":
        return container(
          shape.source,
          blocks(shape.element),
          `avro.reserveSet<${shape.element.source}>`,
          `made.add(${expression(shape.element, "place")});`,
          unequal(shape.element),
        );
      case "map": {
        const types = `${shape.key.source}, ${shape.value.source}`;
        return container(
          shape.source,
          "avro.takeBlock",
          `avro.reserveMap<${types}>`,
          `const key = ${expression(shape.key, "place")};
      made.set(key, ${expression(shape.value, "place")});`,
          unequal(shape.key),
        );
      }
      case "primitive":
      case "bytes":
      case "typed":
      case "enum":
      case "result":
        throw new Error(`no function takes a ${shape.kind}`);
    }
  }

  function record(shape: RecordShape): string {
    const { source } = shape;
    return `  const made = changetype<${source}>(__new(offsetof<${source}>(), idof<${source}>()));\n${taken(shape)}`;
  }

  /** Takes every field of `made`. */
  function taken(shape: RecordShape, part?: (shape: Shape) => string | undefined): string {
    const field = ({ name, shape: inner }: FieldShape): string => {
      const place = walk.place(`${shape.name}.${name}`);
      const value = expression(inner, place);
      const into = part?.(inner);
      if (into === undefined) return `  ${assign(inner, value, shape.source, name)}\n`;
      const offset = `offsetof<${shape.source}>("${name}")`;
      return `  ${into}(changetype<usize>(made), changetype<usize>(${value}), ${offset}, ${place});\n`;
    };
    return shape.fields.map(field).join("");
  }

  /** Also sets private and readonly fields, without any constructor. */
  function assign(shape: Shape, value: string, source: string, field: string): string {
    const made = "changetype<usize>(made)";
    const offset = `offsetof<${source}>("${field}")`;
    if (isReference(shape)) return `avro.hold(${made}, changetype<usize>(${value}), ${offset});`;
    const type = shape.kind === "primitive" ? spelled(shape) : "i32";
    return `store<${type}>(${made}, ${value}, ${offset});`;
  }

  function option(shape: Extract<Shape, { kind: "option" }>): string {
    const { source, element } = shape;
    const led = ledElement(shape);
    if (led !== undefined) {
      // The function of the nullable option does everything; this one only wraps its result.
      const found = table.of({ ...shape, nullable: true, source: `${element.source} | null` });
      return `  const made = changetype<${source}>(__new(offsetof<${source}>(), idof<${source}>()));
  memory.fill(changetype<usize>(made), 0, offsetof<${source}>());
  const found = ${found}(place);
  if (found) {
    store<bool>(changetype<usize>(made), true, offsetof<${source}>("some"));
    ${assign(element, "found", source, "held")}
  }
`;
    }
    return `  const made = changetype<${source}>(__new(offsetof<${source}>(), idof<${source}>()));
  memory.fill(changetype<usize>(made), 0, offsetof<${source}>());
  if (avro.takeBranch(place)) {
    store<bool>(changetype<usize>(made), true, offsetof<${source}>("some"));
    ${assign(element, expression(element, "place"), source, "held")}
  }
`;
  }

  function list(source: string, element: Shape): string {
    const take = blocks(element);
    return `  let block = ${take}(0, place);
  const made = new ${source}(avro.reserve(0, block));
  let length = 0;
  for (; block > 0; block = ${take}(length, place)) {
    for (const whole = length + block; length < whole; length++) {
      if (length == made.length) made.length = avro.reserve(length, whole);
      unchecked(made[length] = ${expression(element, "place")});
    }
  }
`;
  }

  /** A map or set. It is checked that no keys were equal, except for floats, because of -0 and NaN. */
  function container(source: string, take: string, reserve: string, add: string, checked: boolean): string {
    return `  const made = new ${source}();
  let length = 0;
  let room = 0;
  for (let block = ${take}(0, place); block > 0; block = ${take}(length, place)) {
    for (const whole = length + block; length < whole; length++) {
      if (length == room) {
        room = avro.reserve(length, whole);
        ${reserve}(made, room);
      }
      ${add}
    }
  }
${checked ? "  avro.distinct(made.size, length, place);\n" : ""}`;
  }

  return {
    expression,
    fields: (shape, object) => `${filled.of(shape)}(changetype<${shape.source}>(${object}));`,
    functions: () => filled.text() + table.text(),
  };
}

/** Whether keys that differed when they were saved always differ. */
function unequal(key: Shape): boolean {
  return key.kind !== "primitive" || !key.primitive.startsWith("f");
}

function blocks(element: Shape): string {
  return isWeightless(element) ? "avro.takeWeightless" : "avro.takeBlock";
}
