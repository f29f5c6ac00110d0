/** Greets, and answers every call. */
import { Result } from "moult/guest";

let turns: u32 = 0;

export function greet(n: u32): Result<string, string> {
  return Result.ok<string, string>(`hello ${n}`);
}

export function long(length: u32): string {
  return "x".repeat(length);
}

export function forever(): void {
  while (true) turns++;
}
