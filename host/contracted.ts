/** The types of the front door that depend on a contract: each takes it, or its functions, or neither. */

import type { View as Seen } from "./call/view.ts";
import type { Contract, Functions, FunctionsOf } from "./contract/contract.ts";
import type { Plugin as Loaded } from "./plugin.ts";
import type { FollowOptions as Follow } from "./swap/follow.ts";
import type { SwapOptions as Swap } from "./swap/swap-options.ts";

type Contracted = Contract | Functions;

/**
 * Made by `load`.
 *
 * `Plugin<typeof Counter>` is one whose calls have the types of the contract `Counter`. `Plugin` alone is one of any contract,
 * which every other is too: `const all: Plugin[]`. Its functions take what they are given, and the plugin checks it;
 * `plugin.as(Counter)` has them typed.
 */
export type Plugin<C extends Contracted = Functions> = Loaded<FunctionsOf<C>>;

/** The functions of a contract as a plugin serves them: `View<typeof Counter>`. */
export type View<C extends Contracted = Functions> = Seen<FunctionsOf<C>>;

/** What `plugin.swap` takes: `SwapOptions<typeof Counter>`, or `SwapOptions` for any plugin. */
export type SwapOptions<C extends Contracted = Functions> = Swap<FunctionsOf<C>>;

/** What `plugin.follow` takes, and `load` of a source that changes: `FollowOptions<typeof Counter>`. */
export type FollowOptions<C extends Contracted = Functions> = Follow<FunctionsOf<C>>;
