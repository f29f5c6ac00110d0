/** A cap on the memory that a module defines itself, and on its tables: their maxima are rewritten. */
import type { WasmBinary } from "./binary.ts";
import { type Piece, Pieces, u32 } from "./bytes-out.ts";
import { constant } from "./constant.ts";
import { coreValueType } from "./core-type.ts";
import { Cursor } from "./cursor.ts";
import { WITH_EXPRESSION } from "./external.ts";
import { type Limits, limits } from "./limits.ts";
import { ID } from "./sections.ts";

export interface Caps {
  /** The most pages that each memory of its own may have; what it begins with must be no more. */
  readonly pages: number;
  /** The most elements that all tables may have together; what they begin with must be no more. */
  readonly elements: number;
}

export function capped(binary: WasmBinary, { pages, elements }: Caps): Uint8Array<ArrayBuffer> {
  const { bytes, sections, memories } = binary;
  const out = new Pieces();
  out.add(bytes.subarray(0, 8));
  for (const { name, custom, start, at, end } of sections) {
    if (custom || (name !== "memory" && name !== "table")) {
      out.add(bytes.subarray(start, end));
      continue;
    }
    const own = memories.slice(binary.imported("memory"));
    const content =
      name === "table"
        ? tables(binary, new Cursor(bytes, at, end), elements)
        : [u32(own.length), ...own.map((each) => limitsTo(each, pages))];
    out.add([ID[name], ...u32(content.reduce((sum, piece) => sum + piece.length, 0))]);
    for (const piece of content) out.add(piece);
  }
  return out.joined();
}

/** The elements that all tables of a module begin with. */
export function elementsOf({ tables }: WasmBinary): number {
  return tables.reduce((sum, { initial }) => sum + initial, 0);
}

/** What is left is shared by all tables alike. */
function tables(binary: WasmBinary, cursor: Cursor, elements: number): Piece[] {
  const { bytes } = binary;
  const count = cursor.u32();
  const more = Math.max(0, Math.floor((elements - elementsOf(binary)) / Math.max(1, count)));
  const content: Piece[] = [u32(count)];
  for (let left = count; left > 0; left--) {
    const start = cursor.at;
    const withExpression = cursor.peek() === WITH_EXPRESSION;
    if (withExpression) cursor.skip(2, "a table");
    coreValueType(cursor);
    content.push(bytes.subarray(start, cursor.at));
    const own = limits(cursor);
    content.push(limitsTo(own, own.initial + more));
    const behind = cursor.at;
    if (withExpression) constant(cursor);
    content.push(bytes.subarray(behind, cursor.at));
  }
  return content;
}

function limitsTo(
  { initial, maximum = Number.POSITIVE_INFINITY, wide, shared }: Limits,
  most: number,
): Piece {
  const flags = 1 | (shared ? 2 : 0) | (wide ? 4 : 0);
  return [flags, ...u32(initial), ...u32(Math.min(maximum, most))];
}
