/** An author's files with the classes and steps that a state needs to cross. */
import type { Advice, Step, Word } from "../../../abi/tools.ts";
import { codeOf, type SourceClass, sourceClass, sourceStep } from "./source-class.ts";

/** Texts of files by absolute path. */
export type Files = ReadonlyMap<string, string>;

/** A class that no file declares under its name: the schema of a generic class names its instance. */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

/**
 * @param before texts of the version that saved the state, if they are known: earlier steps are taken from
 * there
 * @throws NotFound
 */
export function edited(files: Files, advice: readonly Advice[], before: Files = new Map()): Files {
  const made = new Map(files);
  const change = (
    name: string,
    edit: (text: string, found: SourceClass) => string,
    kind: "class" | "enum" = "class",
  ) => {
    const [found, second] = [...made].filter(([, text]) => sourceClass(text, kind, name) !== undefined);
    if (found === undefined) throw new NotFound(`no file of the plugin declares ${kind} ${name}`);
    if (second !== undefined) throw new NotFound(`both ${found[0]} and ${second[0]} declare ${kind} ${name}`);
    const [path, text] = found;
    made.set(path, edit(text, sourceClass(text, kind, name)!));
  };
  for (const { words, step } of advice) {
    if (step) change(step.newer, (text, found) => withStep(text, found, { step, before }));
    // A renamed class or enum is certain, while the rest of a class is not: it is unknown what became of a
    // field.
    else for (const word of words.filter(isOfType)) writeWord(word, change);
  }
  return made;
}

function isOfType({ within }: Word): boolean {
  return within === undefined;
}

function writeWord(
  { above, decorator }: Word,
  change: (name: string, edit: Edit, kind: "class" | "enum") => void,
): void {
  const [kind, name] = above.split(" ") as ["class" | "enum", string];
  change(name, (text, { head }) => `${text.slice(0, head)}${decorator} ${text.slice(head)}`, kind);
}
type Edit = (text: string, found: SourceClass) => string;

function withStep(text: string, found: SourceClass, { step, before }: { step: Step; before: Files }): string {
  const old = sourceStep(text, found);
  const replaced = old && text.slice(old.start, old.end);
  const { start, close, indent } = found;
  const above = older(step, { replaced, before });
  const method = indented(step.method, `${indent}  `);
  const body = old
    ? text.slice(start, old.start) + method + text.slice(old.end, close)
    : `${text.slice(start, close).trimEnd()}\n\n${method}\n${indent}`;
  const whole = `${text.slice(0, start)}${indented(above, indent)}\n\n${body}${text.slice(close)}`;
  return importing(whole, above);
}

/** The older class, with the earlier step that led to it, where the text of that is known. */
function older(step: Step, { replaced, before }: { replaced: string | undefined; before: Files }): string {
  if (step.oldest === undefined) return step.above;
  const method = earlier(step, before);
  if (method !== undefined) return step.above.replace(/ {2}static from\([\s\S]*?\n {2}\}/, () => method);
  if (replaced === undefined) return step.above;
  const kept = replaced.split("\n").map((line) => `    // ${line.trim()}`);
  return step.above.replace(/\n {4}throw /, () => `\n${kept.join("\n")}\n    throw `);
}

/** The step to the older class in the version that saved the state, where that class had today's name. */
function earlier({ older, newer, oldest }: Step, before: Files): string | undefined {
  for (const text of before.values()) {
    const found = sourceClass(text, "class", newer);
    const step = found && sourceStep(text, found);
    if (!step) continue;
    const method = text.slice(step.start, step.end).trim();
    if (!new RegExp(`\\(\\s*\\w+\\s*:\\s*${oldest}\\s*\\)`).test(codeOf(method))) return undefined;
    return `  ${method.replace(new RegExp(`\\b${newer}\\b`, "g"), older)}`;
  }
  return undefined;
}

function importing(text: string, added: string): string {
  if (!/\bOption</.test(added) || /\bOption\b/.test(codeOf(text.replace(added, "")))) return text;
  return `import { Option } from "moult/guest";\n${text}`;
}

function indented(text: string, indent: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : indent + line))
    .join("\n");
}
