/** How much of its memory a guest has, for the messages of errors. */

export interface MemoryUse {
  /** The pages of its memory, and how many it may have. */
  readonly pages: number;
  readonly maxPages?: number | undefined;
}

/** How much of a limited memory it has, where that is most of it. */
export function memoryUsed({ pages, maxPages }: MemoryUse): string {
  if (maxPages === undefined || 2 * pages < maxPages) return "";
  return `; it has ${pages / 16} of at most ${maxPages / 16} MiB of memory (limits.memory)`;
}
