/** The limits of a host, the same for all versions of the ABI: sizes, depths and counts. */

export const LIMITS = {
  /** Bytes of a manifest. */
  manifest: 1 << 20,
  /** The greatest depth of a type. */
  depth: 32,
  /** The greatest depth of a state schema, and the most types, fields and symbols in it. */
  schemaDepth: 64,
  schemaNodes: 10_000,
  /**
   * The greatest depth of records, lists and maps in a state; guests stop at 1000 levels of recursive types.
   */
  nesting: 1128,
  /** The most list items without bytes in a state. */
  weightless: 1 << 20,
  /** Bytes of state that a guest may write or read at a time. */
  chunk: 1 << 20,
  /** Parameters that are passed as core values; more are passed in memory. */
  flatParams: 16,
  /** Results that are returned as core values. */
  flatResults: 1,
  /** Bytes of one string or list, the limit of the Component Model. */
  bytes: (1 << 28) - 1,
  /** Estimated bytes of host memory that the lifted parameters or result of one call may take. */
  lifted: 1 << 29,
} as const;
