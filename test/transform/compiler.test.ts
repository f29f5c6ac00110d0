import { expect, test } from "vitest";
import * as ours from "../../abi/transform/compiler.ts";
import { TokenKind } from "../../abi/transform/token-kind.ts";

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

const tokens = {
  Plus: "+",
  Minus: "-",
  Asterisk: "*",
  Slash: "/",
  Percent: "%",
  PlusPlus: "++",
  MinusMinus: "--",
  ShiftLeft: "<<",
  ShiftRight: ">>",
  ShiftRightUnsigned: ">>>",
  And: "&",
  Or: "|",
  Xor: "^",
  Exclamation: "!",
  Tilde: "~",
  AmpersandAmpersand: "&&",
  BarBar: "||",
  Equals: "=",
  CaretEquals: "^=",
} satisfies Record<keyof typeof TokenKind, string>;

test.each(Object.entries(tokens))("the token for %s is the compiler's", async (name, text) => {
  const compiler = await import(String("assemblyscript"));
  const tokenizer = new compiler.Tokenizer(new compiler.Source(0, "a.ts", text));
  expect(tokenizer.next()).toBe(TokenKind[name as keyof typeof tokens]);
});
