/**
 * Constant expressions, evaluated as AssemblyScript does: `1000 * 60`, `<u64>5`, `Color.Red`,
 * `i32.MAX_VALUE`.
 *
 * Every operation has the width that the compiler gives it, and wraps there. An uncertain expression has no
 * value here: a wrong one would become the value of a field in a plugin's state.
 */
import {
  CommonFlags,
  type Element,
  ElementKind,
  type EnumDeclaration,
  type Expression,
  type FieldDeclaration,
  LiteralKind,
  NodeKind,
  type TypeNode,
} from "./compiler.ts";
import { NAMESPACES } from "./constant-names.ts";
import {
  type Constant,
  commonOf,
  convert,
  floating,
  floatResult,
  integerResult,
  isFloat,
  isInteger,
  type NumberType,
  wrap,
} from "./constant-number.ts";
import { TokenKind } from "./token-kind.ts";

/** Where names in an expression are looked up. */
export interface ConstantScope {
  /** The file of the expression. */
  readonly file: Element;
  /** The number type of a type node in that file; `undefined` for any other type. */
  numbers(type: TypeNode, file: Element): NumberType | undefined;
}

/** How far constants of constants are followed, which also ends circles. */
const DEEPEST = 24;

/** The value of an expression, converted to `type`. */
export function constantOf(
  type: NumberType,
  expression: Expression,
  scope: ConstantScope,
): bigint | number | undefined {
  const found = evaluate(expression, type, { ...scope, depth: 0 });
  return found && convert(found, type)?.value;
}

/** The text of a string expression: a literal, a constant that is one, or several joined by `+`. */
export function textOf(expression: Expression, scope: ConstantScope, depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  switch (expression.kind) {
    case NodeKind.Literal:
      if (expression.literalKind === LiteralKind.String) return expression.value as string;
      if (expression.literalKind !== LiteralKind.Template || expression.tag !== null) return undefined;
      return expression.parts?.length === 1 ? expression.parts[0] : undefined;
    case NodeKind.Parenthesized:
      return textOf(expression.expression!, scope, depth + 1);
    case NodeKind.Binary: {
      if (expression.operator !== TokenKind.Plus) return undefined;
      const left = textOf(expression.left!, scope, depth + 1);
      const right = left === undefined ? undefined : textOf(expression.right!, scope, depth + 1);
      return right === undefined ? undefined : left + right;
    }
    case NodeKind.Identifier: {
      // An initializer that is more than a literal is evaluated when its file runs, which may be later.
      const initializer = globalOf(expression, scope)?.initializer;
      return initializer?.kind === NodeKind.Literal ? textOf(initializer, scope, depth + 1) : undefined;
    }
    default:
      return undefined;
  }
}

interface Scope extends ConstantScope {
  readonly depth: number;
}

/**
 * @param wanted the type from the context, as the compiler passes it down; missing where it has to be
 * inferred
 */
function evaluate(e: Expression, wanted: NumberType | undefined, outer: Scope): Constant | undefined {
  if (outer.depth > DEEPEST) return undefined;
  const scope = { ...outer, depth: outer.depth + 1 };
  switch (e.kind) {
    case NodeKind.True:
      return { type: "bool", value: 1n };
    case NodeKind.False:
      return { type: "bool", value: 0n };
    case NodeKind.Literal:
      return literal(e, wanted, false);
    case NodeKind.Parenthesized:
      return evaluate(e.expression!, wanted, scope);
    case NodeKind.UnaryPrefix:
      return unary(e, wanted, scope);
    case NodeKind.Binary:
      return binary(e, wanted, scope);
    case NodeKind.Assertion:
      return cast(e.expression!, e.toType ? scope.numbers(e.toType, scope.file) : undefined, scope);
    case NodeKind.Call: {
      const [argument, more] = e.args ?? [];
      const { expression: callee } = e;
      if (callee?.kind !== NodeKind.Identifier || argument === undefined || more !== undefined)
        return undefined;
      return cast(argument, CASTS.get(isOwn(callee, scope) ? "" : (callee.text ?? "")), scope);
    }
    case NodeKind.Identifier:
      return global(e, scope);
    case NodeKind.PropertyAccess:
      return member(e, scope);
    default:
      return undefined;
  }
}

function literal(e: Expression, wanted: NumberType | undefined, negative: boolean): Constant | undefined {
  const { source, start, end } = e.range;
  const text = source.text.slice(start, end).replaceAll("_", "");
  if (e.literalKind === LiteralKind.Float) {
    const value = negative ? -Number(text) : Number(text);
    return wanted === "f32" ? { type: "f32", value: Math.fround(value) } : { type: "f64", value };
  }
  if (e.literalKind !== LiteralKind.Integer || !/^(0[xob])?[0-9a-f]+$/i.test(text)) return undefined;
  const size = BigInt(text);
  if (size >= 1n << 64n || (negative && size > 1n << 63n)) return undefined;
  if (negative && size === 0n && (wanted === undefined || isFloat(wanted))) return { type: "f64", value: -0 };
  // The compiler keeps a literal as 64 bits, and reads those as signed.
  const value = BigInt.asIntN(64, negative ? -size : size);
  if (wanted === "s64" || wanted === "u64") return { type: wanted, value: wrap(wanted, value) };
  if (wanted !== undefined && isFloat(wanted)) return size >= 1n << 53n ? undefined : floating(wanted, value);
  for (const type of wanted === undefined ? FITS : [wanted, ...FITS]) {
    if (wrap(type, value) === value) return { type, value };
  }
  return undefined;
}

const FITS: readonly NumberType[] = ["s32", "u32", "s64"];

function unary(e: Expression, wanted: NumberType | undefined, scope: Scope): Constant | undefined {
  const operand = e.operand!;
  const { operator } = e;
  if (operator === TokenKind.Minus && operand.kind === NodeKind.Literal)
    return literal(operand, wanted, true);
  if (operator === TokenKind.Tilde && (wanted === undefined || !isInteger(wanted))) return undefined;
  const inner = evaluate(operand, wanted, scope);
  if (inner === undefined) return undefined;
  const { type, value } = inner;
  switch (operator) {
    case TokenKind.Plus:
      return inner;
    case TokenKind.Minus:
      if (typeof value === "number") return { type, value: -value };
      return isInteger(type) ? { type, value: wrap(type, -value) } : undefined;
    case TokenKind.Tilde:
      return typeof value === "bigint" && isInteger(type) ? { type, value: wrap(type, ~value) } : undefined;
    case TokenKind.Exclamation:
      return typeof value === "bigint" ? { type: "bool", value: value === 0n ? 1n : 0n } : undefined;
    default:
      return undefined;
  }
}

/** Both sides are converted to one type first: the left one's, unless only the right one's can hold both. */
function binary(e: Expression, wanted: NumberType | undefined, scope: Scope): Constant | undefined {
  const operator = e.operator!;
  if (!ARITHMETIC.has(operator) && wanted !== undefined && !isInteger(wanted)) return undefined;
  const first = evaluate(e.left!, wanted, scope);
  const second = first && evaluate(e.right!, first.type, scope);
  const type = second && (SHIFTS.has(operator) ? first.type : commonOf(first.type, second.type));
  const [left, right] = [type && convert(first!, type), type && convert(second!, type)];
  if (!type || !left || !right) return undefined;
  if (typeof left.value === "number" || typeof right.value === "number") {
    const value = floatResult(operator, left.value as number, right.value as number);
    return value === undefined ? undefined : { type, value: type === "f32" ? Math.fround(value) : value };
  }
  if (!isInteger(type)) return undefined;
  const value = integerResult(operator, left.value, right.value, type);
  return value === undefined ? undefined : { type, value: wrap(type, value) };
}

const SHIFTS: ReadonlySet<number> = new Set([
  TokenKind.ShiftLeft,
  TokenKind.ShiftRight,
  TokenKind.ShiftRightUnsigned,
]);

const ARITHMETIC: ReadonlySet<number> = new Set([
  TokenKind.Plus,
  TokenKind.Minus,
  TokenKind.Asterisk,
  TokenKind.Slash,
  TokenKind.Percent,
]);

function cast(e: Expression, type: NumberType | undefined, scope: Scope): Constant | undefined {
  const inner = type && evaluate(e, type, scope);
  return inner && convert(inner, type);
}

/** `u64(5)` and the like. */
const CASTS: ReadonlyMap<string, NumberType> = new Map([
  ...(["8", "16", "32", "64"] as const).flatMap((bits): [string, NumberType][] => [
    [`i${bits}`, `s${bits}`],
    [`u${bits}`, `u${bits}`],
  ]),
  ["f32", "f32"],
  ["f64", "f64"],
  ["bool", "bool"],
]);

function global(e: Expression, scope: Scope): Constant | undefined {
  const found = globalOf(e, scope);
  if (found === undefined) return undefined;
  const { type, initializer, file } = found;
  if (type === null) return evaluate(initializer, undefined, { ...scope, file });
  const numbers = scope.numbers(type, file);
  return cast(initializer, numbers, { ...scope, file });
}

/** A `const` of the author's, at the top level of a file. */
function globalOf(
  e: Expression,
  { file }: ConstantScope,
): { readonly type: TypeNode | null; readonly initializer: Expression; readonly file: Element } | undefined {
  const element = file.lookup(e.text ?? "");
  if (element?.kind !== ElementKind.Global || !element.is(CommonFlags.Const)) return undefined;
  const { declaration, parent } = element as Element & { readonly declaration: FieldDeclaration };
  const { initializer, type, range } = declaration;
  const known = parent.kind === ElementKind.File && !range.source.isLibrary && initializer !== null;
  return known ? { type, initializer, file: parent } : undefined;
}

/** Whether a name is the author's, and not the compiler's. */
function isOwn({ text = "" }: Expression, { file }: ConstantScope): boolean {
  return file.members?.has(text) ?? false;
}

/** `Color.Red`, `i32.MAX_VALUE`, `Math.PI`. */
function member(e: Expression, scope: Scope): Constant | undefined {
  const [of, name] = [e.expression!, e.property?.text ?? ""];
  if (of.kind !== NodeKind.Identifier) return undefined;
  const element = scope.file.lookup(of.text ?? "");
  if (element?.kind === ElementKind.Enum) return enumValue(element, name, scope);
  return isOwn(of, scope) ? undefined : NAMESPACES.get(of.text ?? "")?.get(name);
}

function enumValue(element: Element, name: string, scope: Scope): Constant | undefined {
  const { declaration, parent } = element as Element & { readonly declaration: EnumDeclaration };
  let value: bigint | undefined = -1n;
  for (const { initializer, name: member } of declaration.values) {
    if (initializer === null) value = value === undefined ? undefined : wrap("s32", value + 1n);
    else if (isBare(initializer)) {
      value = cast(initializer, "s32", { ...scope, file: parent })?.value as bigint | undefined;
    } else value = undefined;
    if (member.text === name) return value === undefined ? undefined : { type: "s32", value };
  }
  return undefined;
}

/** A number without names, which would be looked up among the enum's own members first. */
function isBare({ kind, operand }: Expression): boolean {
  return kind === NodeKind.Literal || (kind === NodeKind.UnaryPrefix && operand?.kind === NodeKind.Literal);
}
