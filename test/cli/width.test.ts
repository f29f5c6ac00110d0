/** What people read is broken between words, as wide as their terminal is. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { fold } from "../../host/cli/page/wrap.ts";
import { type Folder, folder } from "./folder.ts";
import { noTerminal, pty } from "./pty.ts";

const demo = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));

describe("a line of any text", () => {
  const words = "one two three four five six seven eight nine ten eleven twelve";

  it.each([20, 21, 33, 40, 80, 120])("is no longer than %i columns, and loses no word", (columns) => {
    const lines = fold(words, columns).split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.map((line) => line.trim()).join(" ")).toBe(words);
    // No line takes less than it could.
    for (const [i, line] of lines.slice(0, -1).entries()) {
      expect(`${line} ${lines[i + 1]!.trim().split(" ")[0]}`.length).toBeGreaterThan(columns);
    }
  });

  it("goes on under where it began, or as far as it is told", () => {
    expect(fold("  one two three four five six", 22)).toBe("  one two three four\n  five six");
    expect(fold("one two three four five six", 24, 3)).toBe("one two three four five\n   six");
  });

  it("counts no colours, and breaks within none", () => {
    const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
    expect(fold(`${red("error")} 234567890123 90`, 21)).toBe(`${red("error")} 234567890123 90`);
    expect(fold(`${red("error:")} one two three`, 20)).toBe(`${red("error:")} one two three`);
  });

  it("leaves a source and its mark as they are, and a word that is longer whole", () => {
    const source = `13 |   const total = ${"a + ".repeat(10)}b;\n${" ".repeat(30)}^^^^^`;
    expect(fold(source, 30)).toBe(source);
    const path = `/a/${"folder/".repeat(10)}plugin.ts`;
    expect(fold(`could not read ${path} today`, 30)).toBe(`could not read\n${path}\ntoday`);
  });
});

const PLUGIN = `import { log, state } from "moult/guest";
@state
class Counter { total: u32 = 0; }
const counter = state<Counter>();
export function add(step: u32): u32 {
  log.info("a line of the log that is long enough to be broken, wherever a terminal may end, or so it is hoped");
  counter.total += step;
  return counter.total;
}
`;

const why = noTerminal();
describe.skipIf(why)(why === undefined ? "in a terminal" : `in a terminal (${why})`, () => {
  let own: Folder;
  beforeAll(async () => {
    own = await folder();
    const settings = { interface: "acme:visits/counter@1.0.0", grant: ["log"] };
    await own.write("package.json", JSON.stringify({ name: "visits", version: "1.0.0", moult: settings }));
  });

  it.each([40, 80, 120])("of %i columns moult dev breaks no word", async (columns) => {
    await own.write("plugin.ts", PLUGIN);
    const dev = pty(["dev", "--debug"], { cwd: own.path, columns });
    await dev.prints("loaded");
    dev.type("add 2\r");
    await dev.prints("\x1b[K2\r\n");
    dev.type(".help\r");
    await dev.prints(".exit");
    await own.write("plugin.ts", PLUGIN.replaceAll("total", "sum"));
    await dev.prints("refused");
    await dev.prints("Or type .fresh");
    await own.write("plugin.ts", PLUGIN.replace("counter.total +=", "for (const x of [1]) counter.total +="));
    await dev.prints("failed");
    await dev.prints("hint:");
    dev.type(".exit\r");
    expect(await dev.ended).toBe(0);
    const screen = dev.screen();
    expect(tooLong(screen, columns)).toEqual([]);
    expect(flat(screen)).toContain("or so it is hoped");
    expect(flat(screen)).toContain("Or type .fresh to begin with fresh state.");
  });

  it.each([40, 80, 120])(
    "of %i columns npm start breaks no word, and knows the state from the start",
    async (columns) => {
      const story = pty(["--once"], { cwd: own.path, columns, program: demo });
      expect(await story.ended).toBe(0);
      const screen = story.screen();
      expect(tooLong(screen, columns)).toEqual([]);
      expect(flat(screen)).toContain("✗ rolled 3.1.0-broken.trap");
      const sizes = [...flat(screen).matchAll(/state ([\d,]+) bytes/g)].map(([, size]) => size);
      expect(sizes.length).toBeGreaterThan(0);
      expect(sizes).not.toContain("0");
    },
  );

  it.each([40, 80])("of %i columns moult new and every help break no word", async (columns) => {
    const made = pty(["new", `visits-${columns}`], { cwd: own.path, columns });
    expect(await made.ended).toBe(0);
    expect(tooLong(made.screen(), columns)).toEqual([]);
    const help = pty(["help", "run"], { cwd: own.path, columns });
    expect(await help.ended).toBe(0);
    expect(tooLong(help.screen(), columns)).toEqual([]);
  });
});

/** Lines that the terminal had to break: longer than it is wide, and of more than one word. Sources are not prose. */
function tooLong(screen: string, columns: number): string[] {
  return unseen(screen)
    .split(/\r?\n/)
    .map((line) => line.split("\r").at(-1)!)
    .filter(
      (line) => line.length > columns && line.trim().includes(" ") && !/^ *(\d+ \| |\^)|[{};]$/.test(line),
    );
}

function flat(screen: string): string {
  return unseen(screen).replace(/\s+/g, " ");
}

function unseen(screen: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor begins with one
  return screen.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}
