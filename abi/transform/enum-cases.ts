import type { EnumDeclaration } from "./compiler.ts";
import { Refusal } from "./refusal.ts";

/** The names of an enum's cases, in order of their values, which must be 0, 1, 2 ... */
export function casesOf(declaration: EnumDeclaration): string[] {
  return declaration.values.map((value, index) => {
    const { initializer } = value;
    const text = initializer?.range.source.text.slice(initializer.range.start, initializer.range.end);
    if (text === undefined || Number(text) === index) return value.name.text;
    throw new Refusal(
      value.name.range,
      `${declaration.name.text}.${value.name.text} is ${text}: an enum that crosses counts 0, 1, 2 ...; ` +
        "leave its values out, or take the number itself (u16, i32) and keep the names as constants",
    );
  });
}
