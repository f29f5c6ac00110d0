/** Parameters of every sort, to be given what does not fit. */
import { Result } from "moult/guest";

export enum Color {
  Red,
  Green,
}

export class Point {
  x: u8 = 0;
  labels: Array<string> = [];
}

export function byte(size: u8): u8 {
  return size;
}
export function long(size: u64): u64 {
  return size;
}
export function small(size: i16): i16 {
  return size;
}
export function real(size: f64): f64 {
  return size;
}
export function flag(on: bool): bool {
  return on;
}
export function text(line: string): string {
  return line;
}
export function raw(bytes: Uint8Array): Uint8Array {
  return bytes;
}
export function point(at: Point): Point {
  return at;
}
export function points(all: Array<Point>): i32 {
  return all.length;
}
export function color(which: Color): Color {
  return which;
}
export function counts(map: Map<string, u32>): u32 {
  return map.size;
}
export function both(left: string, right: u8, last: u8): string {
  return left + right.toString() + last.toString();
}
export function divide(total: u32, by: u32): Result<u32, string> {
  return by == 0 ? Result.err<u32, string>("nothing divides by 0") : Result.ok<u32, string>(total / by);
}
export function locate(name: string): Result<Point, Point> {
  const point = new Point();
  point.labels = [name];
  return Result.err<Point, Point>(point);
}
