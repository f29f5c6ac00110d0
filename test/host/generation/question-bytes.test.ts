/** Keys of questions: a log from before texts were kept in Latin-1 still has its answers. */
import { expect, it } from "vitest";
import { argumentsShape, Scratch } from "../../../abi/canonical/value-bytes.ts";
import type { FunctionType } from "../../../abi/type.ts";
import { Question } from "../../../host/generation/question.ts";
import { keyOf, keyOfQuestion } from "../../../host/generation/question-bytes.ts";

const type: FunctionType = {
  params: [
    { name: "key", type: "string" },
    { name: "more", type: { list: "string" } },
  ],
  result: "string",
};

it.each([
  ["a", []],
  ["", ["b", "ÿ"]],
  ["grün ✓", ["Ā", "c".repeat(100)]],
  ["\u{1f600}", ["é".repeat(30)]],
] as const)("a question with texts has the key that its UTF-16 has: %s", (first, more) => {
  const question = new Question("acme:db/rows@1.0.0#find", type, "read");
  const scratch = new Scratch();
  const key = keyOfQuestion(question, [first, more], scratch).value;
  scratch.encodeWide(argumentsShape(type), [first, more]);
  expect(keyOf(question.name, scratch.copy())).toBe(key);
});
