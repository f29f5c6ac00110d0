/** `moult/release`: releases, plans, and several versions at a time, each for its share of the calls. */
export type { Choice, Context, Decide } from "./choice.ts";
export type { Keyed } from "./keyed.ts";
export type { ErrorKind, Measured } from "./measures.ts";
export { pick } from "./pick.ts";
export { type Attributes, type Plan, type Planned, planOf, type Rule, type Share } from "./plan.ts";
export { type Split, type SplitEvents, type SplitOptions, split, type Variant } from "./split.ts";
