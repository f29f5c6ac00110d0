/**
 * Where a module's sections lie:
 *
 *     magic number, version | section | section | ...        section:  id | size | contents
 *                                                            contents of a custom one begin with its name
 */
import { Cursor } from "./cursor.ts";

export interface Section {
  /** The format's name for it: `code`; for a custom section its own name. */
  readonly name: string;
  readonly custom: boolean;
  /** The position of its header. */
  readonly start: number;
  /** The position of its contents. */
  readonly at: number;
  /** The position behind its contents. */
  readonly end: number;
}

const NAMES = [
  ...["custom", "type", "import", "function", "table", "memory", "global", "export", "start"],
  ...["element", "code", "data", "data count", "tag"],
] as const;
export type SectionName = (typeof NAMES)[number];

/** The number that stands for each in a module. */
export const ID: Readonly<Record<SectionName, number>> = Object.fromEntries(
  NAMES.map((name, id) => [name, id]),
) as Record<SectionName, number>;
/** The order that they have to stand in; custom ones may stand anywhere. */
export const ORDER: readonly SectionName[] = [
  ...(["type", "import", "function", "table", "memory", "tag", "global", "export", "start"] as const),
  ...(["element", "data count", "code", "data"] as const),
];

/** Whether a custom section speaks of positions in the code, and so of no other code. */
export function isOfOffsets(name: string): boolean {
  return /^(metadata\.code\.|\.debug_|reloc\.)|^(sourceMappingURL|external_debug_info)$/.test(name);
}

const HEADER = 8;
const MOST = 10_000;

/** @param bytes begin with WebAssembly's magic number and version 1 */
export function sectionsOf(bytes: Uint8Array): Section[] {
  const cursor = new Cursor(bytes, HEADER);
  const sections: Section[] = [];
  const seen = new Set<number>();
  while (!cursor.done) {
    const start = cursor.at;
    const id = cursor.byte();
    const size = cursor.u32();
    const name = NAMES[id] ?? cursor.fail(`found a section of the unknown kind ${id}`, start);
    if (sections.length === MOST) cursor.fail(`found more than ${MOST} sections`, start);
    const part = cursor.part(size, `a section (${name})`);
    const { at, end } = part;
    const custom = id === 0;
    if (!custom && seen.has(id)) cursor.fail(`found a second section (${name})`, start);
    seen.add(id);
    sections.push({ name: custom ? part.name() : name, custom, start, at, end });
  }
  return sections;
}
