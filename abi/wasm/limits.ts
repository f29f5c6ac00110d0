/** The limits of memories and tables. */
import type { Cursor } from "./cursor.ts";

/** In pages for a memory, in elements for a table. Sizes of 64 bits are rounded above 2^53. */
export interface Limits {
  readonly initial: number;
  readonly maximum?: number;
  /** Threads share it. @default false */
  readonly shared?: true;
  /** Its addresses have 64 bits. @default false */
  readonly wide?: true;
  /** Bytes of a page, where the module gives them. @default 65,536 */
  readonly pageSize?: number;
}

const FLAG = { maximum: 1, shared: 2, wide: 4, pageSize: 8 } as const;

export function limits(cursor: Cursor): Limits {
  const from = cursor.at;
  const flags = cursor.byte();
  if (flags > 15) cursor.fail(`found limits of the unknown kind ${flags}`, from);
  const size = () => (flags & FLAG.wide ? cursor.u64() : cursor.u32());
  const initial = size();
  const maximum = flags & FLAG.maximum ? size() : undefined;
  return {
    initial,
    ...(maximum !== undefined && { maximum }),
    ...(flags & FLAG.shared && { shared: true }),
    ...(flags & FLAG.wide && { wide: true }),
    ...(flags & FLAG.pageSize && { pageSize: 2 ** cursor.u32() }),
  };
}

/** Why a host of moult cannot provide a memory; nothing where it can. */
export function unservedMemory({ shared, wide, pageSize }: Limits): string | undefined {
  if (wide) return "of 64 bits";
  if (shared) return "shared";
  return pageSize === undefined || pageSize === 65_536 ? undefined : `of pages of ${pageSize} bytes`;
}
