import { DiagnosticCode, type Program, type Range } from "./compiler.ts";

/**
 * A place in the author's program that cannot become part of a plugin.
 *
 * Thrown while types are described, and caught once for each function, so that one build reports all of them.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly range: Range;

  /** @param message what was found, and what to write instead */
  constructor(range: Range, message: string) {
    super(message);
    this.range = range;
  }
}

/**
 * Runs `action`; a refusal becomes an error of the compiler at the author's line, and the result is
 * `undefined`.
 */
export function refusing<T>(program: Program, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    program.error(DiagnosticCode.Transform_0_1, error.range, "moult", error.message);
    return undefined;
  }
}
