/** A trial: how a plugin gets a state that is worth keeping, and which part of it has to be kept. */
import { decode, parseSchema, type Snapshot } from "../../abi/tools.ts";
import type { Contract, FunctionsOf, LoadOptions, Plugin } from "../mod.ts";

type Functions = FunctionsOf<Contract>;
type Calls<F extends Functions> = Plugin<F>["call"];

export interface UpgradeOptions<F extends Functions = Functions> {
  /** What the test expects of the versions. @default the functions of the first version, untyped */
  readonly contract?: Contract<F>;
  /** What the versions may reach. @default nothing */
  readonly grant?: NonNullable<LoadOptions["grant"]>;
  /** Calls the plugin until its state is worth keeping. @default the plugin keeps its first state */
  readonly drive?: (call: Calls<F>) => unknown;
  /**
   * Answers what must be kept; the answers before and after have to be equal. It must not change the state.
   * @default the whole state, which must be the same in every field that both versions have
   */
  readonly observe?: (call: Calls<F>, version: string) => unknown;
  /**
   * Whether the calls of `drive` and `observe`, or made-up ones, are also made of copies, before and after a
   * version was swapped for itself: differing answers mean that the version holds something outside of its
   * state, and fail the test.
   * @default true
   */
  readonly answers?: boolean;
}

/** A state in a form that a test can compare and show; bytes when it is opaque. */
export function readable({ schema, datum }: Pick<Snapshot, "schema" | "datum">): unknown {
  const parsed = parseSchema(schema);
  return parsed.kind === "bytes" ? datum : decode(parsed, datum);
}
