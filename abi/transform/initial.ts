/** The initial value of a field: the default for an Avro reader when older data lacks the field. */
import { type Expression, type FieldDeclaration, LiteralKind, NodeKind } from "./compiler.ts";
import { type ConstantScope, constantOf, textOf } from "./constant.ts";
import { isShared } from "./recursion.ts";
import type { PrimitiveShape, RecordShape, Shape } from "./shape.ts";

/** What is needed to evaluate an initializer. */
export interface InitialScope extends ConstantScope {
  /**
   * The class or container that `new ...` makes; `undefined` for anything else, or where type arguments are
   * inferred.
   */
  made(expression: Expression): Shape | undefined;
  /** Whether `new ...` makes a container of the standard library with inferred type arguments. */
  infers(expression: Expression): boolean;
  /** Whether `new` of the class only runs the initializers of its fields, which are all known. */
  isPlain(shape: RecordShape): boolean;
  /** Whether a name is `Option` of the guest library. */
  isOption(expression: Expression): boolean;
}

/**
 * The value of a field's initializer, in Avro's JSON form of a default.
 *
 * @returns `undefined` when the initializer is not constant, and so its value is unknown
 */
export function initialOf(shape: Shape, field: FieldDeclaration, scope: InitialScope): unknown {
  // A parameter of the constructor may have any value.
  if (field.parameterIndex !== undefined && field.parameterIndex >= 0) return undefined;
  if (field.initializer === null) return zero(shape);
  const value = initially(shape, field.initializer, scope);
  return value !== undefined && sizeOf(value) <= MOST ? value : undefined;
}

/** The most values in one default: nested classes could make one too large for a schema. */
const MOST = 1000;

function sizeOf(value: unknown): number {
  if (typeof value === "string") return 1 + value.length / 64;
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + sizeOf(each), 1);
}

/**
 * AssemblyScript zeroes fields without an initializer; the constructor has to set a reference that may not be
 * null.
 */
function zero(shape: Shape): unknown {
  if (shape.kind === "option" && shape.nullable) return null;
  if (shape.kind === "enum") return shape.cases[0];
  if (shape.kind !== "primitive" || shape.primitive === "string") return undefined;
  return shape.primitive === "bool" ? false : 0;
}

function initially(shape: Shape, e: Expression, scope: InitialScope): unknown {
  if (e.kind === NodeKind.Parenthesized) return initially(shape, e.expression!, scope);
  switch (shape.kind) {
    case "primitive":
      return shape.primitive === "string" ? textOf(e, scope) : numberOf(shape, e, scope);
    case "enum": {
      const index = constantOf("s32", e, scope);
      return index === undefined ? undefined : shape.cases[Number(index)];
    }
    case "option":
      return shape.nullable ? nullable(shape.element, e, scope) : option(shape.element, e, scope);
    case "bytes":
      return bytes(shape, e, scope);
    case "list":
      return list(shape, shape.element, e, scope);
    case "typed":
    case "set":
      return empty(shape, e, scope) ? [] : zeros(shape, e, scope);
    case "map":
      if (!empty(shape, e, scope)) return undefined;
      return shape.key.kind === "primitive" && shape.key.primitive === "string" ? {} : [];
    case "record":
      // A `@shared` object is a number in the bytes, and older data has no object for it.
      return isShared(shape) ? undefined : record(shape, e, scope);
    case "result":
      return undefined;
  }
}

/** Numbers without an exact JSON form have no default: those beyond 2^53, minus zero, NaN and infinities. */
function numberOf({ primitive }: PrimitiveShape, e: Expression, scope: InitialScope): unknown {
  const type = primitive as Exclude<typeof primitive, "string">;
  const value = constantOf(type, e, scope);
  if (value === undefined) return undefined;
  if (type === "bool") return value !== 0n;
  if (typeof value === "bigint") {
    // Avro has the bits of a u64 as a signed number.
    const number = Number(type === "u64" ? BigInt.asIntN(64, value) : value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  if (!Number.isFinite(value) || Object.is(value, -0)) return undefined;
  return type === "f32" ? shortest(value) : value;
}

/** The shortest decimal for a number as an f32: 0.1, and not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const number = Number(value.toPrecision(digits));
    if (Math.fround(number) === value) return number;
  }
  return value;
}

function nullable(element: Shape, e: Expression, scope: InitialScope): unknown {
  return e.kind === NodeKind.Null ? null : initially(element, e, scope);
}

/** `Option.none<T>()`, `Option.some<T>(value)`. */
function option(element: Shape, e: Expression, scope: InitialScope): unknown {
  const { expression: callee, args = [] } = e;
  if (e.kind !== NodeKind.Call || callee?.kind !== NodeKind.PropertyAccess) return undefined;
  if (!scope.isOption(callee.expression!)) return undefined;
  if (callee.property?.text === "none") return null;
  const [value] = args;
  return callee.property?.text === "some" && value !== undefined
    ? initially(element, value, scope)
    : undefined;
}

function record(shape: RecordShape, e: Expression, scope: InitialScope): unknown {
  if (e.kind !== NodeKind.New || (e.args ?? []).length > 0) return undefined;
  if (scope.made(e)?.source !== shape.source || !scope.isPlain(shape)) return undefined;
  const fields = shape.fields.map(({ name, initial }) => [name, initial]);
  return fields.every(([, initial]) => initial !== undefined) ? Object.fromEntries(fields) : undefined;
}

function list(shape: Shape, element: Shape, e: Expression, scope: InitialScope): unknown {
  if (!isArray(e)) return empty(shape, e, scope) ? [] : zeros(shape, e, scope);
  const items = (e.elementExpressions ?? []).map((item) => initially(element, item, scope));
  return items.includes(undefined) ? undefined : items;
}

/** Avro's JSON form of bytes: a text of characters up to 255. */
function bytes(shape: Extract<Shape, { kind: "bytes" }>, e: Expression, scope: InitialScope): unknown {
  if (shape.container === "StaticArray" && isArray(e)) {
    const items = (e.elementExpressions ?? []).map((item) => constantOf("u8", item, scope));
    return items.includes(undefined) ? undefined : String.fromCharCode(...items.map(Number));
  }
  const length = lengthOf(shape, e, scope);
  return length === undefined ? undefined : "\0".repeat(length);
}

function isArray(e: Expression): boolean {
  return e.kind === NodeKind.Literal && e.literalKind === LiteralKind.Array;
}

/** `[]`, `new Set<string>()`, `new Map()`, `new Uint8Array(0)`. */
function empty(shape: Shape, e: Expression, scope: InitialScope): boolean {
  if (isArray(e)) return e.elementExpressions?.length === 0;
  return lengthOf(shape, e, scope) === 0;
}

/** `new Uint16Array(4)`, `new Array<u32>(4)`: numbers that are zero. */
function zeros(shape: Shape, e: Expression, scope: InitialScope): unknown {
  if (shape.kind !== "typed" && shape.kind !== "list") return undefined;
  const { element } = shape;
  if (element.kind !== "primitive" || element.primitive === "string") return undefined;
  const length = lengthOf(shape, e, scope);
  const item = zero(element);
  return length === undefined ? undefined : Array.from({ length }, () => item);
}

/** The length of a new container, if it is a constant of a reasonable size. */
function lengthOf(shape: Shape, e: Expression, scope: InitialScope): number | undefined {
  if (e.kind !== NodeKind.New) return undefined;
  const made = scope.made(e);
  // `new Map()` gets its types from the field.
  if (made === undefined ? !scope.infers(e) : made.source !== shape.source) return undefined;
  const [length, more] = e.args ?? [];
  if (length === undefined) return 0;
  const value = more === undefined ? constantOf("s32", length, scope) : undefined;
  return value !== undefined && value >= 0n && value <= MOST ? Number(value) : undefined;
}
