/** Every code is thrown, explained and provoked: lists that are one. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CODES } from "../host/codes.ts";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
/** The text of every file in a folder, and in those in it. */
const texts = (folder: string, end: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(end) && path !== "codes.ts" && path !== "errors.test.ts")
    .map((path) => read(`${folder}${path}`));

const page = read("docs/errors.md");
const sections = page.split(/^## /m).slice(1);
const tests = texts("test/", ".test.ts").join("\n");

test("docs/errors.md has a heading for every code, in the order of the code, and for nothing else", () => {
  expect(sections.map((section) => section.split("\n")[0])).toEqual(CODES.map((code) => `\`${code}\``));
});

test.each(CODES)(
  "docs/errors.md tells of %s what happened, what is true now and what to do, with a message",
  (code) => {
    const section = sections[CODES.indexOf(code)]!;
    expect(section).toMatch(
      new RegExp(`^> \\[${code}\\] could not [^\\n]+\\n\\n- \\*\\*Happened:\\*\\* `, "m"),
    );
    expect(section.match(/^- \*\*\w+:\*\*/gm)).toEqual(["- **Happened:**", "- **Now:**", "- **Do:**"]);
  },
);

/** Nothing throws it yet: what leads out of a guest is being rebuilt, and will. */
const AWAITED = "grant-failed";

test.each(CODES.filter((code) => code !== AWAITED))("a test provokes %s", (code) => {
  expect(tests).toMatch(new RegExp(`\\[${code}\\] |code: "${code}"`));
});

test("tests expect no code that there is not", () => {
  const named = [...tests.matchAll(/\[([a-z]+(?:-[a-z]+)*)\] could not/g)].map((match) => match[1] as string);
  expect(named.filter((code) => !CODES.some((each) => each === code))).toEqual([]);
});

test("the host throws every code, and no code is in the list for nothing", () => {
  const host = texts("host/", ".ts").join("\n");
  expect(CODES.filter((code) => !host.includes(`"${code}"`))).toEqual([]);
});
