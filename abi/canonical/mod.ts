/** The Canonical ABI: single values, and functions in both directions. */

export {
  type CoreFunction,
  type Crossing,
  crossing,
  exported,
  exportedAsync,
  type OnErr,
} from "./exported.ts";
export { type ImportOptions, imported, importedAsync } from "./imported.ts";
export { type CoreType, coreSignature, type Layout, layout } from "./layout.ts";
export { type Guest, Views } from "./memory.ts";
export { lift, lower, type Passing, passing } from "./value.ts";
