import { Option, Result } from "moult/guest";
import { Level, Named, Pair, Point } from "./shapes";

type Names = Array<string>;
type MaybeName = string | null;

export function echoBool(value: bool): bool { return value; }
export function echoI8(value: i8): i8 { return value; }
export function echoU8(value: u8): u8 { return value; }
export function echoI16(value: i16): i16 { return value; }
export function echoU16(value: u16): u16 { return value; }
export function echoI32(value: i32): i32 { return value; }
export function echoU32(value: u32): u32 { return value; }
export function echoI64(value: i64): i64 { return value; }
export function echoU64(value: u64): u64 { return value; }
export function echoF32(value: f32): f32 { return value; }
export function echoF64(value: f64): f64 { return value; }
export function echoString(value: string): string { return value; }
export function echoBytes(value: Uint8Array): Uint8Array { return value; }
export function echoBuffer(value: ArrayBuffer): ArrayBuffer { return value; }
export function echoStatic(value: StaticArray<u8>): StaticArray<u8> { return value; }
export function echoClamped(value: Uint8ClampedArray): Uint8ClampedArray { return value; }
export function echoFloats(value: Float64Array): Float64Array { return value; }
export function echoLongs(value: BigInt64ArrayLike): BigInt64ArrayLike { return value; }
type BigInt64ArrayLike = Int64Array;
export function echoShorts(value: Array<i16>): Array<i16> { return value; }
export function echoNames(value: Names): Names { return value; }
export function echoBools(value: Array<bool>): Array<bool> { return value; }
export function echoLevel(value: Level): Level { return value; }
export function echoLevels(value: Array<Level>): Array<Level> { return value; }
export function echoPoint(value: Point): Point { return value; }
export function echoNamed(value: Named): Named { return value; }
export function echoNamedList(value: Array<Named>): Array<Named> { return value; }
export function echoMaybe(value: MaybeName): string | null { return value; }
export function echoMaybePoint(value: Point | null): Point | null { return value; }
export function echoMaybes(value: Array<string | null>): Array<string | null> { return value; }
export function echoOption(value: Option<u32>): Option<u32> { return value; }
export function echoOptionLevel(value: Option<Level>): Option<Level> { return value; }
export function echoOptionTwice(value: Option<Option<u64>>): Option<Option<u64>> { return value; }
export function echoResult(value: Result<string, Level>): Result<string, Level> { return value; }
export function echoMixed(value: Result<f32, u64>): Result<f32, u64> { return value; }
export function echoJoined(value: Result<Pair<f64, f32>, Pair<i32, string>>): Result<Pair<f64, f32>, Pair<i32, string>> { return value; }
export function echoResults(value: Array<Result<u8, string>>): Array<Result<u8, string>> { return value; }
export function echoMap(value: Map<string, u64>): Map<string, u64> { return value; }
export function echoSet(value: Set<string>): Set<string> { return value; }
export function echoNumbers(value: Set<i64>): Set<i64> { return value; }
export function echoMapDeep(value: Map<u32, Array<Named>>): Map<u32, Array<Named>> { return value; }
export function echoPair(value: Pair<string, Array<u16>>): Pair<string, Array<u16>> { return value; }
export function echoDeep(value: Array<Array<Array<i8>>>): Array<Array<Array<i8>>> { return value; }
export function echoSingle(value: Pair<Level, Option<Point>>): Pair<Level, Option<Point>> { return value; }

/** Leaves garbage, and collects it. */
export function churn(count: i32): void {
  for (let i = 0; i < count; i++) new Named().name = "garbage " + i.toString();
  // @ts-ignore: AssemblyScript has it, and declares it nowhere.
  __collect();
}

export function wrongLevel(value: i32): Level { return value; }
