/** The reason of a trap, for messages. */
import { reason } from "../errors.ts";

/** A description of a trap, in one line. */
export function trapReason(error: unknown): string {
  // Missing where the engine has no WebAssembly exceptions.
  const { Exception } = WebAssembly as { readonly Exception?: abstract new (...args: never[]) => object };
  if (Exception && error instanceof Exception) return "it threw an exception that nothing in it catches";
  return reason(error);
}
