/** What a refused swap advises, taken apart and followed to the letter. */
import { expect } from "vitest";
import { PluginError } from "../../host/mod.ts";
import { made, running } from "./author.ts";

const names = "Option, state";

/** The advice that a refusal gives. */
export async function advice(old: string, next: string): Promise<string> {
  const plugin = await running(old, { names });
  const build = await made(next, { names });
  const error = await plugin.swap(build.wasm).then(
    () => undefined,
    (error: unknown) => error,
  );
  await plugin.close();
  if (!(error instanceof PluginError)) throw error ?? new Error("it was swapped");
  expect(error.code).toBe("incompatible-state");
  expect(error.message.endsWith(error.advice!)).toBe(true);
  return error.advice!;
}

/** The pieces of code in it, each with the line that says where it belongs. */
export function pieces(text: string): { readonly where: string; readonly code: string }[] {
  const found: { where: string; code: string }[] = [];
  let where = "";
  for (const line of text.split("\n")) {
    if (!line.startsWith("    ")) {
      if (line !== "") where = line;
    } else if (found.at(-1)?.where === where) found.at(-1)!.code += `\n${line.slice(4)}`;
    else found.push({ where, code: line.slice(4) });
  }
  return found;
}

/** Does to the letter what a piece of advice says. */
export function followed(text: string, piece: { readonly where: string; readonly code: string }): string {
  const { where, code } = piece;
  const above = /Above class (\w+):$/.exec(where)?.[1];
  if (above) return text.replace(new RegExp(`^.*\\bclass ${above} `, "m"), `${code}\n$&`);
  const into = /^ {2}and in class (\w+)(, in place of its `from`)?:$/.exec(where);
  if (into) {
    const [, name, instead] = into;
    const at = text.search(new RegExp(`\\bclass ${name} `));
    const [head, tail] = [text.slice(0, at), text.slice(at)];
    const without = instead ? tail.replace(/ *static from\([^\n]*\n/, "") : tail;
    return head + without.replace("{", `{\n${code}\n`);
  }
  const field = /, in class \w+:$/.test(where) ? /\) (\w+):/.exec(code)?.[1] : undefined;
  if (field) return text.replace(new RegExp(`^ *${field}:[^;]*;`, "m"), code);
  const type = /\) ((?:class|enum) \w+)$/.exec(code)?.[1];
  if (type) return text.replace(new RegExp(`\\b${type}\\b`), code);
  throw new Error(`where does this belong? ${where}`);
}

type Pieces = ReturnType<typeof pieces>;
export const words = (all: Pieces): Pieces => all.filter(({ where }) => where.startsWith("- If"));
export const steps = (all: Pieces): Pieces => all.filter(({ where }) => !where.startsWith("- If"));
