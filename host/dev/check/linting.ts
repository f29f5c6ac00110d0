/** What a rule of the lint works with. */
import type { Examined } from "../../mod.ts";

/** What a rule is given: a module, and where to say what it found. */
export interface Linting extends Examined {
  error(text: string): void;
  warn(text: string): void;
}
