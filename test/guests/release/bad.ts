/** Greets, but for three of ten. */
import { Result } from "moult/guest";

let turns: u32 = 0;

export function greet(n: u32): Result<string, string> {
  if (n % 10 < 3) return Result.err<string, string>("I do not greet you");
  return Result.ok<string, string>(`hello ${n}`);
}

export function long(length: u32): string {
  return "x".repeat(length);
}

export function forever(): void {
  while (true) turns++;
}
