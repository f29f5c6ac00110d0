import { expect, test } from "vitest";
import * as ours from "../../abi/transform/compiler.ts";

const enums = [
  "NodeKind",
  "ElementKind",
  "CommonFlags",
  "LiteralKind",
  "ParameterKind",
  "SourceKind",
  "DiagnosticCategory",
  "DiagnosticCode",
  "DecoratorKind",
] as const;

test.each(enums)("the numbers of %s are those of the compiler that is installed", async (name) => {
  // Not a literal: the compiler's own types do not check.
  const compiler = Object.entries(await import(String("assemblyscript")));
  expect(compiler.find(([key]) => key === name)?.[1]).toMatchObject(ours[name]);
});

test("the token for minus is the compiler's", async () => {
  const compiler = await import(String("assemblyscript"));
  const tokenizer = new compiler.Tokenizer(new compiler.Source(0, "a.ts", "-"));
  expect(tokenizer.next()).toBe(ours.TokenKind.Minus);
});
