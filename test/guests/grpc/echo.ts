/** Answers what it is given, of every kind that a plugin may have; and as much as it is asked for. */
import { Option, Result } from "moult/guest";

export enum Level {
  Low,
  VeryHigh,
}

export class Inner {
  tags: Set<string> = new Set();
  level: Level = Level.Low;
  nick: string | null = null;
}

export class Numbers {
  a: i8 = 0;
  b: u8 = 0;
  c: i16 = 0;
  d: u16 = 0;
  e: i32 = 0;
  f: u32 = 0;
  g: i64 = 0;
  h: u64 = 0;
  i: f32 = 0;
  j: f64 = 0;
  k: bool = false;
}

export function numbers(all: Numbers): Numbers {
  return all;
}
export function lists(rows: u16[][], longs: i64[], reals: Float32Array, bytes: Uint8Array): u16[][] {
  return longs.length + reals.length + bytes.length < 0 ? [] : rows;
}
export function longs(all: i64[]): i64[] {
  return all;
}
export function maps(named: Map<string, Inner>): Map<string, Inner> {
  return named;
}
export function numbered(all: Map<u64, f64[]>): Map<u64, f64[]> {
  return all;
}
export function maybe(one: Option<u32>): Option<u32> {
  return one;
}
export function twice(one: Option<Option<string>>): Option<Option<string>> {
  return one;
}
export function either(fails: bool, text: string): Result<Inner[], Inner> {
  const inner = new Inner();
  inner.nick = text;
  return fails ? Result.err<Inner[], Inner>(inner) : Result.ok<Inner[], Inner>([inner]);
}
export function nothing(): void {}
export function fill(bytes: u32): Uint8Array {
  return new Uint8Array(bytes);
}
