/** What the matrix needs of an implementation of generations: near ones, and ones that answer everything later. */
import {
  type Grant,
  type LiveSource,
  type LoadOptions,
  load,
  type Plugin,
  type Source,
} from "../../host/mod.ts";
import { loadLater } from "./later.ts";
import { Ledger, type LedgerFunctions } from "./module.ts";

export interface DriverOptions extends LoadOptions<LedgerFunctions> {
  /** Faults come in, and witnesses look out, through what is granted. */
  readonly grant: readonly Grant[];
}

export interface Driver {
  readonly name: string;
  /** Calls can be answered in the caller's stack. */
  readonly atOnce: boolean;
  /** A plugin whose first generation runs `source`. */
  open(source: Source | LiveSource, options: DriverOptions): Promise<Plugin<LedgerFunctions>>;
}

export const near: Driver = {
  name: "near",
  atOnce: true,
  open: (source, options) => load(source, { ...options, contract: Ledger }),
};

/** Near generations behind an interface whose every method answers later, as those in a worker or on another machine do. */
export const later: Driver = {
  name: "later",
  atOnce: false,
  open: (source, options) => loadLater(source, { ...options, contract: Ledger }),
};
