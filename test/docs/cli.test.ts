/** What docs/cli.md shows of a terminal is what the command prints, of the plugin that the guide begins with. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { command } from "../cli/command.ts";
import { folder } from "../cli/folder.ts";
import { build } from "../kept/build.ts";
import { snippetsOf } from "./snippets.ts";

const { path: cwd, write } = await folder();
const page = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

it("prints what docs/cli.md shows", async () => {
  const guide = snippetsOf(await page("guide.md"));
  const file = (path: string) =>
    guide.flatMap((each) => (each.kind === "file" && each.path === path ? each.text : []))[0]!;
  await write("package.json", file("package.json"));
  await write("v1.ts", file("plugins/v1.ts"));
  await write("visits.wasm", (await build(join(cwd, "v1.ts"))).wasm);
  const sessions = [...(await page("cli.md")).matchAll(/^```text session\n([\s\S]*?)^```$/gm)];
  expect(sessions.length).toBeGreaterThan(0);
  for (const [, text] of sessions) {
    const shown: string[] = [];
    for (const [, line] of text!.matchAll(/^\$ moult (.+)$/gm)) {
      // Everything in the order in which a terminal shows it.
      const { out, err } = await command(line!.split(" "), { cwd });
      shown.push(`$ moult ${line}\n${err}${out}`);
    }
    expect(shown.join("")).toBe(text);
  }
});

it("takes the commands that the documents name in a line", async () => {
  const root = new URL("../../", import.meta.url);
  const documents = ["README.md", ...(await readdir(new URL("docs/", root))).map((name) => `docs/${name}`)];
  const named = new Set<string>();
  for (const document of documents) {
    const text = await readFile(new URL(document, root), "utf8");
    for (const [, line] of text.matchAll(
      /`moult ((?:check|migrate|inspect|run|bench|keygen|sign|verify|lock|push|pull) [^`\n]+)`/g,
    ))
      named.add(line!);
  }
  expect([...named]).toContain("migrate OLD NEW --write");
  for (const line of named) {
    // None of the files is there; how it was asked is looked at before that.
    const { err } = await command(line.split(" "), { cwd: join(cwd, "none") });
    expect([line, err]).toEqual([
      line,
      expect.not.stringMatching(/too many arguments|unknown option|missing required/),
    ]);
  }
});
