/** What the matrix needs of an implementation of generations: near now, workers and far ones as they come. */
import { type Grant, type LoadOptions, load, type Plugin, type Source } from "../../host/mod.ts";
import { Ledger, type LedgerFunctions } from "./module.ts";

export interface Driver {
  readonly name: string;
  /** Calls can be answered in the caller's stack. */
  readonly atOnce: boolean;
  /** A plugin whose first generation runs `source`, and reaches what is granted: faults come in that way. */
  open(
    source: Source,
    options: { readonly grant: readonly Grant[] } & LoadOptions,
  ): Promise<Plugin<LedgerFunctions>>;
}

export const near: Driver = {
  name: "near",
  atOnce: true,
  open: (source, options) => load(Ledger, source, options),
};
