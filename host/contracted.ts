/**
 * The types of the front door that depend on a contract. Each takes the contract, its functions, or nothing.
 */

import type { View as Seen } from "./call/view.ts";
import type { Contract, Functions, FunctionsOf } from "./contract/contract.ts";
import type { Plugin as Loaded } from "./plugin.ts";
import type { FollowOptions as Follow } from "./swap/follow.ts";
import type { SwapOptions as Swap } from "./swap/swap-options.ts";

type Contracted = Contract | Functions;

/**
 * Made by `load`.
 *
 * `Plugin<typeof Counter>` is a plugin whose calls have the types of the contract `Counter`. `Plugin` alone
 * has any contract, and every other plugin type is assignable to it: `const all: Plugin[]`. Its functions
 * accept any arguments, and the plugin checks them; `plugin.as(Counter)` has typed functions.
 */
export type Plugin<C extends Contracted = Functions> = Loaded<FunctionsOf<C>>;

/** The functions of a contract as a plugin serves them: `View<typeof Counter>`. */
export type View<C extends Contracted = Functions> = Seen<FunctionsOf<C>>;

/** The options of `plugin.swap`: `SwapOptions<typeof Counter>`, or `SwapOptions` for any plugin. */
export type SwapOptions<C extends Contracted = Functions> = Swap<FunctionsOf<C>>;

/**
 * The options of `plugin.follow`, and of `load` with a source that changes: `FollowOptions<typeof Counter>`.
 */
export type FollowOptions<C extends Contracted = Functions> = Follow<FunctionsOf<C>>;
