/** What a host bounds, whatever the version of the ABI: sizes, depths and counts. */

export const LIMITS = {
  /** Bytes of a manifest. */
  manifest: 1 << 20,
  /** How deep a type may nest. */
  depth: 32,
  /** How deep a state schema may nest, and of how many types, fields and symbols it may consist. */
  schemaDepth: 64,
  schemaNodes: 10_000,
  /** How many records, lists and maps may lie in one another in a state; guests stop at 1000 of recursive types. */
  nesting: 1128,
  /** How many list items that take no bytes a state may hold. */
  weightless: 1 << 20,
  /** Bytes that a guest may write to, or read from, its state at a time. */
  chunk: 1 << 20,
  /** Parameters that travel as core values; above this they travel in memory. */
  flatParams: 16,
  /** Results that travel as core values. */
  flatResults: 1,
  /** Bytes of one string or list, as the Component Model bounds them. */
  bytes: (1 << 28) - 1,
  /** Estimated bytes of host memory that the parameters or the result of one call may become when they are lifted. */
  lifted: 1 << 29,
} as const;
