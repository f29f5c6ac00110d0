/** A trial: how a plugin is brought into a state that is worth keeping, and what of it has to be kept. */
import { decode, parseSchema, type Snapshot } from "../../abi/tools.ts";
import type { Contract, FunctionsOf, LoadOptions, Plugin } from "../mod.ts";

type Functions = FunctionsOf<Contract>;
type Calls<F extends Functions> = Plugin<F>["call"];

export interface UpgradeOptions<F extends Functions = Functions> {
  /** What the test expects of the versions. @default the functions of the one that is loaded first, untyped */
  readonly contract?: Contract<F>;
  /** What they may reach. @default nothing */
  readonly grant?: NonNullable<LoadOptions["grant"]>;
  /** Calls the plugin until its state is worth keeping. @default it keeps its first state */
  readonly drive?: (call: Calls<F>) => unknown;
  /**
   * Asks for what must be kept, and answers it; before and after it has to be equal. It must not change it.
   * @default the whole state, which must be the same in every field that both versions have
   */
  readonly observe?: (call: Calls<F>, version: string) => unknown;
  /**
   * Whether the calls of `drive` and `observe`, or some that are made up, are made again of copies, before and after a version
   * was swapped for itself: answers that differ mean that it holds something outside of its state, and fail.
   * @default true
   */
  readonly answers?: boolean;
}

/** A state as something that a test can compare and show; bytes, when it is its author's own. */
export function readable({ schema, datum }: Pick<Snapshot, "schema" | "datum">): unknown {
  const parsed = parseSchema(schema);
  return parsed.kind === "bytes" ? datum : decode(parsed, datum);
}
