/**
 * What a field holds before anything is stored: the default that an Avro reader uses where older data lacks
 * the field.
 */
import { type Expression, type FieldDeclaration, LiteralKind, NodeKind, TokenKind } from "./compiler.ts";
import type { Shape } from "./shape.ts";

/**
 * The value of a field's initializer in Avro's JSON form of a default.
 *
 * @returns `undefined` when the initializer is no literal and no empty collection: nobody but the author
 * knows its value
 */
export function initialOf(shape: Shape, field: FieldDeclaration): unknown {
  return field.initializer === null ? zero(shape) : literal(shape, field.initializer);
}

/**
 * AssemblyScript zeroes what has no initializer; a reference that may not be null must be set by the
 * constructor.
 */
function zero(shape: Shape): unknown {
  if (shape.kind === "option" && shape.nullable) return null;
  if (shape.kind === "enum") return shape.cases[0];
  if (shape.kind !== "primitive" || shape.primitive === "string") return undefined;
  return shape.primitive === "bool" ? false : 0;
}

function literal(shape: Shape, value: Expression): unknown {
  switch (shape.kind) {
    case "primitive":
      if (shape.primitive === "string") return stringOf(value);
      if (shape.primitive === "bool") return booleanOf(value);
      return numberOf(value);
    case "option":
      return shape.nullable && value.kind === NodeKind.Null ? null : undefined;
    case "enum":
      return value.kind === NodeKind.PropertyAccess && shape.cases.includes(value.property?.text ?? "")
        ? value.property?.text
        : undefined;
    case "bytes":
      return isEmptyCollection(value) ? "" : undefined;
    case "list":
    case "set":
    case "typed":
      return isEmptyCollection(value) ? [] : undefined;
    case "map":
      if (!isEmptyCollection(value)) return undefined;
      return shape.key.kind === "primitive" && shape.key.primitive === "string" ? {} : [];
    default:
      return undefined;
  }
}

function stringOf(value: Expression): unknown {
  return value.kind === NodeKind.Literal && value.literalKind === LiteralKind.String
    ? value.value
    : undefined;
}

function booleanOf(value: Expression): unknown {
  if (value.kind === NodeKind.True) return true;
  return value.kind === NodeKind.False ? false : undefined;
}

function numberOf(value: Expression): unknown {
  if (value.kind === NodeKind.UnaryPrefix && value.operator === TokenKind.Minus && value.operand) {
    const number = numberOf(value.operand);
    return typeof number === "number" ? -number : undefined;
  }
  if (value.kind !== NodeKind.Literal) return undefined;
  if (value.literalKind !== LiteralKind.Integer && value.literalKind !== LiteralKind.Float) return undefined;
  const { source, start, end } = value.range;
  const number = Number(source.text.slice(start, end).replaceAll("_", ""));
  const exact = value.literalKind === LiteralKind.Float || Number.isSafeInteger(number);
  return exact && Number.isFinite(number) ? number : undefined;
}

/** `[]`, `new Set<string>()`, `new Map()`, `new Uint8Array(0)`. */
function isEmptyCollection(value: Expression): boolean {
  if (value.kind === NodeKind.Literal) {
    return value.literalKind === LiteralKind.Array && value.elementExpressions?.length === 0;
  }
  if (value.kind !== NodeKind.New) return false;
  return (value.args ?? []).every((argument) => numberOf(argument) === 0);
}
