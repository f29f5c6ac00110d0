/** What a clone brings: files of this project's own, with the same bytes on every system. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
const LINK = "120000";

// A packed copy has no history.
it.skipIf(!existsSync(`${root}.git`))(
  "has no link: one leads out of it, or nowhere, on other machines",
  () => {
    expect(git("ls-files", "--stage").filter((line) => line.startsWith(LINK))).toEqual([]);
  },
);

it.skipIf(!existsSync(`${root}.git`))("has lines that end in the same way everywhere", () => {
  const ends = git("ls-files", "--eol").map((line) => line.split(/\s+/));
  const odd = ends.filter(
    ([kept = "", , rule = ""]) => kept === "i/crlf" || kept === "i/mixed" || rule === "attr/",
  );
  expect(odd.map((each) => each.at(-1))).toEqual([]);
});
