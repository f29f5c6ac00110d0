/** Advice as a text, with the code to paste on lines of its own. */
import type { Advice, Step, Word } from "./advice.ts";

/** The most lines in a message; `moult migrate` writes everything. */
const MOST = 80;

/**
 * @param most the most lines of the text
 * @returns an empty text where there is nothing to advise
 */
export function adviceText(all: readonly Advice[], most = MOST): string {
  const parts = all.flatMap(({ words, step }) => {
    const said = words.length > 0;
    return [...words.map(wordText), ...(step ? [stepText(step, said)] : [])];
  });
  if (parts.length === 0) return "";
  const lines = `What would lead there, in the new version's source:\n\n${parts.join("\n\n")}`.split("\n");
  if (lines.length <= most) return lines.join("\n");
  const more = `... and ${lines.length - most} lines more: \`moult migrate\` writes them`;
  return [...lines.slice(0, most), more].join("\n");
}

function wordText({ above, within, decorator, supposing }: Word): string {
  const where = within === undefined ? "" : `, in class ${within}`;
  return `- If ${supposing}${where}:\n\n${indented(`${decorator} ${above}`)}`;
}

function stepText({ newer, oldest, above, method }: Step, instead: boolean): string {
  const where = oldest === undefined ? `in class ${newer}` : `in class ${newer}, in place of its \`from\``;
  return `- ${instead ? "Else a" : "A"} step. Above class ${newer}:\n\n${indented(above)}\n\n  and ${where}:\n\n${indented(method)}`;
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
