/** What an author writes above an exported function reaches the manifest, and the files for hosts. */
import { beforeAll, expect, test } from "vitest";
import { parseManifest } from "../../abi/manifest.ts";
import { type Build, build } from "../../abi/transform/build.ts";
import { contractText } from "../../host/dev/texts/contract-text.ts";
import { load } from "../../host/mod.ts";
import { guest } from "./instance.ts";

let made: Build;
beforeAll(async () => {
  made = await build(guest("documented"), { optimize: "release" });
});

test("the doc comment that stands right above an export is in the manifest, without its stars", () => {
  const docs = made.manifest.exports.map(({ name, docs }) => [name, docs?.slice(0, 200)]);
  const text = 'Counts a visit:\n\n    visit("/")\n\n@param page größe, /** and "export function"';
  expect(Object.fromEntries(docs)).toEqual({
    "documented-elsewhere": "Of another file.",
    "one-line": "Counts a visit.",
    many: text,
    tight: "Tight",
    bare: undefined,
    line: undefined,
    plain: undefined,
    noted: undefined,
    empty: undefined,
    outside: "Of what comes under another name.",
    broken: "Over two lines.",
    "same-line": `道 ${"x".repeat(198)}`,
  });
  expect(made.manifest.exports.find(({ name }) => name === "same-line")?.docs).toHaveLength(4096);
});

test("the generated contract has it where editors look", () => {
  expect(contractText(made.manifest, "ts")).toContain(
    "  /** Counts a visit. */\n  oneLine: { params: [z.string()] as [page: WitSchema<string>], returns: z.uint32() },\n",
  );
});

test("a module whose manifest has docs loads as any other, and docs that are no text are refused", async () => {
  await using plugin = await load(made.wasm);
  expect(await plugin.call.oneLine!("abc")).toBe(3);
  const wrong = { ...made.manifest, exports: [{ name: "f", params: [], docs: 1 }] };
  expect(() => parseManifest(new TextEncoder().encode(JSON.stringify(wrong)))).toThrow(
    "wanted a text of at most 4096 characters, found number 1",
  );
});
