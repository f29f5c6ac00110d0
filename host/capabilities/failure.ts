/** Failures: errors that a plugin gets as a value. Each begins with a word that the plugin can compare. */
import { printable } from "../../abi/printable.ts";

/** Its message is the plugin's error: `too-large: found 70000 bytes, wanted at most 65536 (maxValueBytes)`. */
export class Failure<Code extends string> extends Error {
  override readonly name = "Failure";
  readonly code: Code;

  constructor(code: Code, why: string, options?: ErrorOptions) {
    super(`${code}: ${printable(why)}`, options);
    this.code = code;
  }
}
