import { capability, imported, Option, Result } from "moult/guest";
import { Level, Named, Pair, Point } from "./shapes";

@capability("test:relay/relay@1.0.0")
class Relay {
  static sameBool(value: bool): bool {
    return imported<bool>();
  }
  static sameI8(value: i8): i8 {
    return imported<i8>();
  }
  static sameU16(value: u16): u16 {
    return imported<u16>();
  }
  static sameU32(value: u32): u32 {
    return imported<u32>();
  }
  static sameI64(value: i64): i64 {
    return imported<i64>();
  }
  static sameF32(value: f32): f32 {
    return imported<f32>();
  }
  static sameF64(value: f64): f64 {
    return imported<f64>();
  }
  static sameText(value: string): string {
    return imported<string>();
  }
  static sameBytes(value: Uint8Array): Uint8Array {
    return imported<Uint8Array>();
  }
  static sameFloats(value: Float32Array): Float32Array {
    return imported<Float32Array>();
  }
  static sameNames(value: Array<string>): Array<string> {
    return imported<Array<string>>();
  }
  static sameLevel(value: Level): Level {
    return imported<Level>();
  }
  static sameLevels(value: Array<Level>): Array<Level> {
    return imported<Array<Level>>();
  }
  static samePoint(value: Point): Point {
    return imported<Point>();
  }
  static sameNamed(value: Named): Named {
    return imported<Named>();
  }
  static sameNameds(value: Array<Named>): Array<Named> {
    return imported<Array<Named>>();
  }
  static sameMaybe(value: string | null): string | null {
    return imported<string | null>();
  }
  static sameMaybePoint(value: Point | null): Point | null {
    return imported<Point | null>();
  }
  static sameOption(value: Option<u32>): Option<u32> {
    return imported<Option<u32>>();
  }
  static sameOptionTwice(value: Option<Option<f32>>): Option<Option<f32>> {
    return imported<Option<Option<f32>>>();
  }
  static sameResultFU(value: Result<f32, u64>): Result<f32, u64> {
    return imported<Result<f32, u64>>();
  }
  static sameResultUD(value: Result<u32, f64>): Result<u32, f64> {
    return imported<Result<u32, f64>>();
  }
  static sameResultFI(value: Result<f32, i32>): Result<f32, i32> {
    return imported<Result<f32, i32>>();
  }
  static sameResultPairs(value: Result<Pair<f64, f32>, Pair<i32, string>>): Result<Pair<f64, f32>, Pair<i32, string>> {
    return imported<Result<Pair<f64, f32>, Pair<i32, string>>>();
  }
  static sameMap(value: Map<string, u64>): Map<string, u64> {
    return imported<Map<string, u64>>();
  }
  static sameMapDeep(value: Map<u8, Array<Point>>): Map<u8, Array<Point>> {
    return imported<Map<u8, Array<Point>>>();
  }
  static sameNumbers(value: Set<i16>): Set<i16> {
    return imported<Set<i16>>();
  }
  static samePair(value: Pair<Level, Option<string>>): Pair<Level, Option<string>> {
    return imported<Pair<Level, Option<string>>>();
  }
}

export function sameBool(value: bool): bool {
  return Relay.sameBool(value);
}

export function sameI8(value: i8): i8 {
  return Relay.sameI8(value);
}

export function sameU16(value: u16): u16 {
  return Relay.sameU16(value);
}

export function sameU32(value: u32): u32 {
  return Relay.sameU32(value);
}

export function sameI64(value: i64): i64 {
  return Relay.sameI64(value);
}

export function sameF32(value: f32): f32 {
  return Relay.sameF32(value);
}

export function sameF64(value: f64): f64 {
  return Relay.sameF64(value);
}

export function sameText(value: string): string {
  return Relay.sameText(value);
}

export function sameBytes(value: Uint8Array): Uint8Array {
  return Relay.sameBytes(value);
}

export function sameFloats(value: Float32Array): Float32Array {
  return Relay.sameFloats(value);
}

export function sameNames(value: Array<string>): Array<string> {
  return Relay.sameNames(value);
}

export function sameLevel(value: Level): Level {
  return Relay.sameLevel(value);
}

export function sameLevels(value: Array<Level>): Array<Level> {
  return Relay.sameLevels(value);
}

export function samePoint(value: Point): Point {
  return Relay.samePoint(value);
}

export function sameNamed(value: Named): Named {
  return Relay.sameNamed(value);
}

export function sameNameds(value: Array<Named>): Array<Named> {
  return Relay.sameNameds(value);
}

export function sameMaybe(value: string | null): string | null {
  return Relay.sameMaybe(value);
}

export function sameMaybePoint(value: Point | null): Point | null {
  return Relay.sameMaybePoint(value);
}

export function sameOption(value: Option<u32>): Option<u32> {
  return Relay.sameOption(value);
}

export function sameOptionTwice(value: Option<Option<f32>>): Option<Option<f32>> {
  return Relay.sameOptionTwice(value);
}

export function sameResultFU(value: Result<f32, u64>): Result<f32, u64> {
  return Relay.sameResultFU(value);
}

export function sameResultUD(value: Result<u32, f64>): Result<u32, f64> {
  return Relay.sameResultUD(value);
}

export function sameResultFI(value: Result<f32, i32>): Result<f32, i32> {
  return Relay.sameResultFI(value);
}

export function sameResultPairs(value: Result<Pair<f64, f32>, Pair<i32, string>>): Result<Pair<f64, f32>, Pair<i32, string>> {
  return Relay.sameResultPairs(value);
}

export function sameMap(value: Map<string, u64>): Map<string, u64> {
  return Relay.sameMap(value);
}

export function sameMapDeep(value: Map<u8, Array<Point>>): Map<u8, Array<Point>> {
  return Relay.sameMapDeep(value);
}

export function sameNumbers(value: Set<i16>): Set<i16> {
  return Relay.sameNumbers(value);
}

export function samePair(value: Pair<Level, Option<string>>): Pair<Level, Option<string>> {
  return Relay.samePair(value);
}
