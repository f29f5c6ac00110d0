/** The custom section `name`: the names of functions in a module's source. */
import { Cursor } from "./cursor.ts";

/** The subsection with the names of functions. */
const FUNCTIONS = 1;

/** @throws Malformed with positions from the section's first byte; engines ignore such a section */
export function functionNames(section: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  const cursor = new Cursor(section);
  while (!cursor.done) {
    const id = cursor.byte();
    const part = cursor.part(cursor.u32(), "a part");
    if (id !== FUNCTIONS) continue;
    for (let left = part.count("names", 2); left > 0; left--) names.set(part.u32(), part.name());
  }
  return names;
}
