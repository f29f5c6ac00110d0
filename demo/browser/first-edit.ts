/** The edit that waits on the first visit: typed while one looks, unless nothing shall move. */
import type { Editor } from "./editor.ts";

const WAS = "PETALS: f32 = 0";
const IS = "5";

/** The code as the edit makes it. */
export function firstEdit(source: string): string {
  return source.replace(WAS, WAS.slice(0, -1) + IS);
}

export function typeFirstEdit(editor: Editor, source: string, atOnce: boolean): void {
  const at = source.indexOf(WAS) + WAS.length - 1;
  if (atOnce) {
    editor.type(at, at + 1, IS);
    return;
  }
  const between = source.slice(0, at) + source.slice(at + 1);
  // Whoever types first keeps what they typed.
  const after = (ms: number, text: string, type: () => void) =>
    setTimeout(() => editor.text === text && type(), ms);
  after(1800, source, () => editor.type(at, at + 1, ""));
  after(2200, between, () => editor.type(at, at, IS));
}
