/** Greets as the first version does, and can do more. */
import { Result } from "moult/guest";

export function greet(n: u32): Result<string, string> {
  return Result.ok<string, string>(`hello ${n}`);
}

export function shout(n: u32): string {
  return `HELLO ${n}`;
}
