/** Numbers of AssemblyScript's types, and the results of its operators. */
import type { Primitive } from "../type.ts";
import { TokenKind } from "./token-kind.ts";

/** A type of numbers, as shapes name it: `s32`, `u64`, `f64`, `bool`. */
export type NumberType = Exclude<Primitive, "char" | "string">;
/** Integers and bools as `bigint`, floats as `number`. */
export interface Constant {
  readonly type: NumberType;
  readonly value: bigint | number;
}

const INTEGERS: ReadonlyMap<NumberType, { readonly bits: number; readonly signed: boolean }> = new Map(
  ([8, 16, 32, 64] as const).flatMap((bits): [NumberType, { bits: number; signed: boolean }][] => [
    [`s${bits}`, { bits, signed: true }],
    [`u${bits}`, { bits, signed: false }],
  ]),
);

export function isInteger(type: NumberType): boolean {
  return INTEGERS.has(type);
}
export function isFloat(type: NumberType): type is "f32" | "f64" {
  return type === "f32" || type === "f64";
}

export function wrap(type: NumberType, value: bigint): bigint {
  if (type === "bool") return value & 1n;
  const { bits, signed } = INTEGERS.get(type)!;
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

export function floating(type: "f32" | "f64", value: bigint): Constant {
  return { type, value: type === "f32" ? Math.fround(Number(value)) : Number(value) };
}

/** An explicit conversion, which includes all implicit ones. */
export function convert({ type: from, value }: Constant, type: NumberType): Constant | undefined {
  if (from === type) return { type, value };
  if (typeof value === "bigint") {
    if (type === "bool") return { type, value: value === 0n ? 0n : 1n };
    if (!isFloat(type)) return { type, value: wrap(type, value) };
    // For larger values a conversion to f32 would round twice.
    return value > -(1n << 53n) && value < 1n << 53n ? floating(type, value) : undefined;
  }
  if (isFloat(type)) return { type, value: type === "f32" ? Math.fround(value) : value };
  if (!isInteger(type) || !Number.isFinite(value)) return undefined;
  const whole = BigInt(Math.trunc(value));
  return wrap(type, whole) === whole ? { type, value: whole } : undefined;
}

/** As `Type.commonType` of the compiler, where signs do not matter. */
export function commonOf(left: NumberType, right: NumberType): NumberType | undefined {
  if (isAssignable(right, left)) return left;
  return isAssignable(left, right) ? right : undefined;
}

function isAssignable(from: NumberType, to: NumberType): boolean {
  if (isFloat(from)) return isFloat(to) && sizeOf(from) <= sizeOf(to);
  if (to === "f32") return sizeOf(from) <= 23;
  return sizeOf(from) <= (to === "f64" ? 52 : sizeOf(to));
}

function sizeOf(type: NumberType): number {
  return type === "bool" ? 1 : Number(type.slice(1));
}

export function floatResult(operator: number, left: number, right: number): number | undefined {
  switch (operator) {
    case TokenKind.Plus:
      return left + right;
    case TokenKind.Minus:
      return left - right;
    case TokenKind.Asterisk:
      return left * right;
    case TokenKind.Slash:
      return left / right;
    default:
      return undefined;
  }
}

/** The result before it wraps. An operation that would trap has none. */
export function integerResult(
  operator: number,
  left: bigint,
  right: bigint,
  type: NumberType,
): bigint | undefined {
  const { bits } = INTEGERS.get(type)!;
  const shifts = right >= 0n && right < BigInt(bits);
  const traps = right === 0n || (right === -1n && left === -(1n << BigInt(bits - 1)));
  switch (operator) {
    case TokenKind.Plus:
      return left + right;
    case TokenKind.Minus:
      return left - right;
    case TokenKind.Asterisk:
      return left * right;
    case TokenKind.Slash:
      return traps ? undefined : left / right;
    case TokenKind.Percent:
      return traps ? undefined : left % right;
    case TokenKind.ShiftLeft:
      return shifts ? left << right : undefined;
    case TokenKind.ShiftRight:
      return shifts ? left >> right : undefined;
    case TokenKind.ShiftRightUnsigned:
      // The compiler extends narrow signed types to 32 bits before it shifts them.
      return shifts && bits >= 32 ? BigInt.asUintN(bits, left) >> right : undefined;
    case TokenKind.And:
      return left & right;
    case TokenKind.Or:
      return left | right;
    case TokenKind.Xor:
      return left ^ right;
    default:
      return undefined;
  }
}
