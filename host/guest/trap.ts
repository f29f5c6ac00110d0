/** Traps: what ends an instance, by its type. */
import { reason } from "../errors.ts";

/** What a trap says of itself, in one line. */
export function trapReason(error: unknown): string {
  // Absent where the engine has no exceptions.
  const { Exception } = WebAssembly as { readonly Exception?: abstract new (...args: never[]) => object };
  if (Exception && error instanceof Exception) return "it threw an exception that nothing in it catches";
  return reason(error);
}
