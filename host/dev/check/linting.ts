/** What a rule of the lint works with. */
import type { Examined } from "../../mod.ts";

/** What a rule gets: a module, and functions that report findings. */
export interface Linting extends Examined {
  error(text: string): void;
  warn(text: string): void;
}
