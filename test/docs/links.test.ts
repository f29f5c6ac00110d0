/** Links between the documents lead somewhere: to a file that is there, and to a heading in it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "abi/README.md",
  ...readdirSync(new URL("docs/", root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

it.each(DOCUMENTS)("%s links to what is there", (document) => {
  expect(brokenLinks(document, readFileSync(new URL(document, root), "utf8"))).toEqual([]);
});

it("finds a file that is not there, and a heading that is not", () => {
  const text =
    "[a](nowhere.md) [b](guide.md#embed-it) [c](guide.md#nowhere) [d](https://example.org/x) [e](../README.md)";
  expect(brokenLinks("docs/x.md", text)).toEqual(["nowhere.md", "guide.md#nowhere"]);
});

function brokenLinks(document: string, text: string): string[] {
  const links = [...text.replace(/```[\s\S]*?```|`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(
    (match) => match[1]!,
  );
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const { pathname, hash } = new URL(link, new URL(document, "file:///"));
    const file = new URL(pathname.slice(1), root);
    if (!existsSync(file)) return true;
    return hash !== "" && !headings(readFileSync(file, "utf8")).includes(hash.slice(1));
  });
}

/** The names of a document's headings in links. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, "")
      .replace(/ /g, "-"),
  );
}
