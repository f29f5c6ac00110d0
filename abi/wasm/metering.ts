/**
 * Metering: a module is rewritten so that it counts what it does, and ends itself when it has done enough.
 *
 * A unit of fuel is an instruction. A function pays when it is entered, and a loop at each round, for all the
 * instructions in it that are not in a loop of their own: some of them may be jumped over, so a guest never
 * does more than it pays for. Runs of memory and tables pay for their length as well. What is paid depends on
 * the module alone, so the same call costs the same in every engine.
 */
import type { WasmBinary } from "./binary.ts";
import { name, type Piece, Pieces, u32 } from "./bytes-out.ts";
import { Cursor } from "./cursor.ts";
import { FuelCode } from "./fuel-code.ts";
import { Malformed } from "./malformed.ts";
import { MeteredCode } from "./metered-code.ts";
import { ID, isOfOffsets, ORDER, type SectionName } from "./sections.ts";

/** A rewritten module. */
export interface Metered {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its export that fills the tank: `(units: f64) -> ()`. */
  readonly fill: string;
  /** Its export that says how much is left: `() -> f64`; negative where it has ended for want of fuel. */
  readonly left: string;
  /** @returns where the instruction at an offset of these bytes was in the original */
  originally(offset: number): number;
}

export interface MeteringOptions {
  /** Units for the start section: until the tank is filled there are no more. */
  readonly start: number;
  /** The most that the tank is filled with. */
  readonly most: number;
}

/** What a section gets, behind what it has. */
interface Addition {
  readonly to: SectionName;
  readonly items: readonly (readonly number[])[];
}

/**
 * @throws Malformed for an instruction that is not known, for memories and tables of 64 bits, and for some of
 * what no engine would accept
 */
export function metered(binary: WasmBinary, { start, most }: MeteringOptions): Metered {
  const { bytes, sections, types, functions, globals, exports, memories, tables } = binary;
  if ([...memories, ...tables].some(({ wide }) => wide))
    throw new Malformed("found a memory or table of 64 bits, whose runs are not metered");
  const taken = new Set(exports.map((each) => each.name));
  const free = (wanted: string): string => (taken.has(wanted) ? free(`${wanted}'`) : wanted);
  const names = { fill: free("moult:fuel/fill"), left: free("moult:fuel/left") };
  // All that is added stands behind the module's own, so that no index changes.
  const fuel = new FuelCode(Math.max(start, most), functions.length, globals.length);
  const additions: Addition[] = [
    { to: "type", items: fuel.types() },
    { to: "function", items: fuel.functionTypes(types.length).map(u32) },
    { to: "global", items: [fuel.global(start)] },
    {
      to: "export",
      items: [
        [...name(names.fill), FUNCTION, ...u32(fuel.functions.fill)],
        [...name(names.left), FUNCTION, ...u32(fuel.functions.left)],
      ],
    },
    { to: "code", items: fuel.bodies() },
  ];
  const code = new MeteredCode(binary, fuel);
  const out = new Pieces();
  out.add(bytes.subarray(0, 8));
  /** Writes the sections that the module does not have, where they come before the next one. */
  const writeBefore = (place: number) => {
    while (additions[0] && ORDER.indexOf(additions[0].to) < place) {
      const { to, items } = additions.shift()!;
      write(out, to, [u32(items.length), ...items]);
    }
  };
  for (const { name, custom, start, at, end } of sections) {
    if (custom) {
      if (!isOfOffsets(name)) out.add(bytes.subarray(start, end));
      continue;
    }
    writeBefore(ORDER.indexOf(name as SectionName));
    const more = additions[0]?.to === name ? additions.shift()!.items : undefined;
    if (!more) out.add(bytes.subarray(start, end));
    else if (name === "code") code.write(out, { at, end }, more);
    else {
      const cursor = new Cursor(bytes, at, end);
      const count = cursor.u32();
      write(out, name as SectionName, [u32(count + more.length), bytes.subarray(cursor.at, end), ...more]);
    }
  }
  writeBefore(ORDER.length);
  return { bytes: out.joined(), ...names, originally: (offset) => code.originally(offset) };
}

/** The kind of an export. */
const FUNCTION = 0;

function write(out: Pieces, to: SectionName, pieces: readonly Piece[]): void {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  out.add([ID[to], ...u32(size)]);
  for (const piece of pieces) out.add(piece);
}
