/** What people see of the demo: in terminals of two widths, in such as know less, and where there is none. */
import { fileURLToPath } from "node:url";
import { expect, it, test } from "vitest";
import { Pace } from "../../demo/pace.ts";
import { count, gathered, type Row, Screen } from "../../demo/screen.ts";
import { hueOf, sparkline, timeline } from "../../demo/strip.ts";
import { shortly } from "../../demo/told.ts";
import { noTerminal, pty } from "../cli/pty.ts";
import { Terminal } from "./terminal.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));
const UTF8 = { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" };
const missing = noTerminal();

test.skipIf(missing).each([
  [80, "", true],
  [140, "1", false],
])(
  `a run in a terminal of %i columns, NO_COLOR="%s"${missing ? ` (${missing})` : ""}`,
  async (columns, off, colours) => {
    const env = { ...UTF8, NO_COLOR: off, FORCE_COLOR: "2" };
    const run = pty(["--once"], { cwd: root, columns, program: MAIN, env });
    expect(await run.ended).toBe(0);
    const screen = new Terminal(columns);
    screen.write(run.screen());
    // What is built where nothing was kept depends on who ran before.
    const rows = screen.rows.map((row) => row.trimEnd()).filter((row) => !row.startsWith("· building"));
    expect(rows.filter((row) => row.length > columns)).toEqual([]);

    // A refusal is one row, and its reason is in it.
    const said = rows.filter((row) => /^[✓✗·]/.test(row));
    expect(said.map((row) => row.replace(/[\d.]+ ms$/, "").slice(0, 68))).toEqual([
      "· reading the sample",
      expect.stringMatching(/^✓ swapped to 2\.0\.0: \d+ bytes of state, paused /),
      "✗ refused 3.1.0-broken.restore: [failed-restore] this version cannot restore".slice(0, 68),
      expect.stringMatching(/^✓ swapped to 3\.0\.0: \d+ bytes of state, paused /),
      expect.stringMatching(/^✗ refused 3\.1\.0-broken\.forget: \[failed-verify\] it knows 0 of \d+ c/),
      expect.stringMatching(/^✓ swapped to 3\.1\.0-broken\.trap: \d+ bytes of/),
      "✗ rolled 3.1.0-broken.trap back: this version traps after 500 calls ",
    ]);
    expect(rows.indexOf(said[3]!)).toBe(rows.indexOf(said[2]!) + 1);

    // The last picture stays, once: a sparkline, and below it the generations as wide as it.
    const [bar, ...more] = rows.filter((row) => row.includes("┣"));
    expect(more).toEqual([]);
    expect(bar).toMatch(/^ {2}┣━+┣━+✗━+┣━+✗━*┣━*↩━*$/);
    const speeds = rows[rows.indexOf(bar!) - 1]!;
    expect(speeds).toMatch(/^ {2}[ ▁▂▃▄▅▆▇█]+$/);
    expect([bar!.length, speeds.length]).toEqual([columns - 2, columns - 2]);
    expect(rows[rows.indexOf(bar!) + 1]).toMatch(/^ {2}1\.0\.0 +2\.0\.0 +3\.0\.0 .*3\.0\.0$/);
    expect(rows.join("\n")).toMatch(
      /log-handler 3\.0\.0 {2}· {2}10,000 of 10,000 lines {2}· {2}[\d,]+ lines\/s/,
    );
    expect(run.screen().includes("\x1b[38;5;209m")).toBe(colours);
    expect(run.screen().includes("m┣")).toBe(colours);
  },
);

const THREE = [
  { from: 0, generation: 1, version: "1.0.0" },
  { from: 40, generation: 2, version: "2.0.0" },
  { from: 44, generation: 3, version: "3.0.0" },
];
const text = (row: Row) => row.map(([each]) => each).join("");

it("draws with what every terminal has where it does not say that it knows more", () => {
  for (const env of [{ LANG: "C" }, { ...UTF8, TERM: "linux" }, {}]) {
    const { glyphs } = new Screen(new Terminal(80), env);
    const axis = { from: 0, to: 100, now: 60, columns: 20 };
    const [bar, versions] = timeline(THREE, [{ at: 20, kind: "refused" }], { axis, glyphs });
    expect([text(bar), text(versions)]).toEqual(["|===x===|====.......", "1.0.0   3.0.0       "]);
    expect(text(sparkline([0, 5, undefined, 10], () => 0, glyphs))).toBe("_- ^");
  }
  expect(new Screen(new Terminal(80), UTF8).glyphs.bar).toBe("━");
});

it("gives each generation its hue, and shows the part of a timeline that is asked for", () => {
  const { glyphs } = new Screen(new Terminal(80), UTF8);
  const axis = { from: 42, to: 62, now: 52, columns: 20 };
  const marks = [{ at: 41, kind: "refused" } as const, { at: 50, kind: "back" } as const];
  const [bar] = timeline(THREE, marks, { axis, glyphs });
  expect(text(bar)).toBe("┣━┣━━━━━↩━━─────────");
  expect(bar.slice(0, 3).map(([, style]) => style)).toEqual([1, 1, 2]);
  expect([1, 5, 6].map(hueOf)).toEqual([0, 4, 0]);
});

it("draws anew where a terminal becomes narrower or wider, and leaves nothing behind", () => {
  const terminal = new Terminal(100, 8);
  const screen = new Screen(terminal, UTF8);
  screen.say("a line that stays");
  screen.show((columns) => [[], [["=".repeat(columns), 1]], [["name", "bold"], [" ".repeat(columns)]]]);
  for (const columns of [40, 120, 25, 1]) {
    terminal.resize(columns);
    const live = terminal.rows.filter((row) => row.startsWith("="));
    expect(live).toEqual(["=".repeat(columns)]);
  }
  terminal.resize(60);
  screen.say("another, which is so much longer than the terminal is wide that it is wrapped between words");
  screen.say("a refusal of which there is so much to say that it does not fit into a row", "refused", "cut");
  expect(terminal.rows.at(-5)).toBe(
    `a refusal of which there is so much to say that it does not…`.slice(0, 60),
  );
  screen.end();
  expect(terminal.rows.some((row) => row.startsWith("="))).toBe(false);
});

it("is plain lines, whole, where there is no terminal, and no colours where nobody wants them", () => {
  let said = "";
  const pipe = {
    write(text: string) {
      said += text;
    },
    on: () => {},
  };
  const screen = new Screen(pipe, { LANG: "C" });
  screen.say(`${screen.glyphs.refused} ${"long ".repeat(40)}end`, "refused", "cut");
  screen.show(() => [[["never"]]]);
  screen.end({ keep: true });
  expect(said).toBe(`✗ ${"long ".repeat(40)}end\n`);

  for (const env of [
    { ...UTF8, NO_COLOR: "1" },
    { ...UTF8, TERM: "dumb" },
  ]) {
    const terminal = new Terminal(40, 8);
    new Screen(terminal, env).say("refused", "refused");
    expect(terminal.sent).toBe("refused\n");
  }
  const few = new Terminal(40, 4);
  new Screen(few, UTF8).say("refused", "refused");
  expect(few.sent).toBe("\x1b[33mrefused\x1b[0m\n");
});

it("puts facts into as few rows as they need", () => {
  const { glyphs } = new Screen(new Terminal(80), UTF8);
  const facts = ["one", "two", "three"].map((each) => [each, "dim"] as const);
  expect(gathered(facts, 14, glyphs).map(text)).toEqual(["one  ·  two", "three"]);
  expect(gathered(facts, 3, glyphs).map(text)).toEqual(["one", "two", "three"]);
  expect(count(10_000)).toBe("10,000");
});

it("knows how fast it went, in parts and lately", () => {
  const pace = new Pace();
  for (let at = 0; at <= 10_000; at++) pace.add(at, at < 5_000 ? at : 5_000 + (at - 5_000) * 3);
  expect(pace.between(1_000, 2_000)).toBeCloseTo(1_000, 0);
  expect(pace.between(8_000, 11_000)).toBeCloseTo(3_000, 0);
  expect(pace.lately()).toBeCloseTo(3_000, 0);
  expect(pace.between(19_000, 30_000)).toBeUndefined();
});

it("says of an error what the row does not say already", () => {
  const message = (text: string) => shortly(new Error(text));
  expect(
    message(
      "[failed-restore] could not swap a 2.0.0: a 3.0.0: its restore failed: no room; version 2.0.0 still serves",
    ),
  ).toBe("[failed-restore] no room");
  expect(
    message("could not build /a/b.ts: 1 error\n\n../a/b.ts:3:7 error TS2322: Type 'a/b' is none.\n3 | x"),
  ).toBe("b.ts:3:7 error TS2322: Type 'a/b' is none.");
});
