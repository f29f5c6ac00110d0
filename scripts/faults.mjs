/**
 * Writes docs/faults.md: every row of the fault matrix, and the tests that show what the loader does about
 * it. A test belongs to a row when its title begins with the row's name: `F14: a save that traps ...`.
 *
 *     node scripts/faults.mjs            writes the page
 *     node scripts/faults.mjs --check    says whether the page is up to date, by its exit code
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const PAGE = "docs/faults.md";

/** Row, phase, fault, and what is not shown yet. */
const ROWS = [
  ["F1", "prepare", "source missing, hangs, truncated, wrong digest"],
  [
    "F2",
    "prepare",
    "not wasm; a component; garbage after a good header; an export or import missing, renamed, of another arity",
  ],
  ["F3", "prepare", "state layout changed silently: a field dropped, retyped, renamed"],
  ["F4", "load", "a version with no way to save"],
  ["F5", "prepare", "no migration path, a gap in the chain"],
  ["F6", "prepare", "downgrade without a reverse step"],
  ["F7", "any", "a step run twice"],
  ["F8", "quiesce", "never quiet: an endless call, a slow async grant"],
  ["F9", "quiesce", "swap asked for inside a call, from a grant, from a timer"],
  ["F10", "quiesce", "an old handle or destructured function called after the cutover"],
  ["F11", "any", "plugin closed, process told to stop, during a swap"],
  ["F12", "quiesce", "long pause: queue full, deadlines pass"],
  ["F13", "quiesce", "a call at every await point of the protocol"],
  ["F14", "save", "hook traps, at chunk k, on the clone and in the pause"],
  ["F15", "save", "hook alters the state, then the swap is refused"],
  ["F16", "save", "too slow, endless"],
  ["F17", "save, restore", "memory limit reached"],
  ["F18", "copy", "writes, deletes, reinserts between chunks"],
  ["F19", "copy", "never converges"],
  ["F20", "restore", "bytes truncated, flipped, reordered, from another plugin"],
  ["F21", "restore", "migration traps midway"],
  ["F22", "prepare", "`start` or migration has side effects, twice"],
  ["F23", "prepare", "`start` traps or loops"],
  ["F24", "restore", "trap, error, hang"],
  ["F25", "restore", '"succeeds" but wrong: a record dropped, two fields exchanged'],
  ["F29", "any", "memory grown inside any hook: stale views"],
  ["F30", "cutover", "the process is killed between the record and the swap"],
  ["F31", "cutover", "an observer throws; a host crash around it"],
  ["F32", "probation", "the old generation freed too early"],
  ["F33", "probation", "bad after it took writes: traps after k calls, wrong answers, slow"],
  ["F34", "probation", "the rollback fails too"],
  ["F35", "after", "the same bad build again and again from a source that changes"],
  ["F36", "after", "the second, tenth, ten-thousandth swap"],
  ["F37", "after", "a stale snapshot used by recovery after a swap"],
  ["F38", "control", "100 concurrent swap requests"],
  ["F39", "control", "a rebuild every 10 ms"],
  ["F40", "replay", "clock or random in the plugin"],
  ["F41", "far", "two versions serving at once"],
  ["F42", "after", "cold-code latency after the cutover, measured in bench/RESULTS.md"],
  ["F43", "after", "timers and subscriptions of the old generation"],
];

const tests = testsByRow();
for (const row of tests.keys()) {
  if (!ROWS.some(([name]) => name === row)) fail(`there is no row ${row}: ${[...tests.get(row)].join("; ")}`);
}
for (const [row, , fault, owed] of ROWS) {
  if (!tests.has(row) && !owed) fail(`nothing shows ${row}, ${fault}, and it is not owed`);
}
const page = written();
if (!process.argv.includes("--check")) writeFileSync(join(root, PAGE), page);
else if (readFileSync(join(root, PAGE), "utf8").replaceAll("\r\n", "\n") !== page) {
  fail(`${PAGE} is not up to date: run "node scripts/faults.mjs"`);
}

function written() {
  const rows = ROWS.map(([row, phase, fault, owed]) => {
    const shown = [...(tests.get(row) ?? [])].map(
      ([title, file]) => `${title} ([${file.replace("test/", "")}](../${file}))`,
    );
    const status = shown.length === 0 ? `owed: ${owed}` : owed ? `shown; owed: ${owed}` : "shown";
    return `| ${row} | ${phase} | ${fault} | ${status} | ${shown.join("<br>")} |`;
  });
  return [
    "# The fault matrix",
    "",
    "Every fault that is known to break hot swaps elsewhere, when it strikes, and the tests that inject it. In each",
    "of them the old version keeps serving, every accepted call is answered once, the state equals a replay of the",
    "calls on a plugin to which nothing happened, and the event record says what did. The suite in `test/matrix`",
    "runs on a state of 10 KB and on one of 1 MB, over a small driver, so that the same tests can run on every kind",
    "of generation: in this process, in threads, and at a server.",
    "",
    "This page is written by `node scripts/faults.mjs` from the titles of the tests.",
    "",
    "| row | phase | fault | status | tests |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** Row -> title -> file. Placeholders in the titles of tables are removed. */
function testsByRow() {
  const found = new Map();
  const files = readdirSync(join(root, "test"), { recursive: true })
    .map((file) => `test/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".ts") && !file.startsWith("test/guests/"))
    .sort();
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, a, b] of text.matchAll(/"(F\d+(?:, F\d+)*: [^"\n]+)"|`(F\d+(?:, F\d+)*: [^`\n]+)`/g)) {
      const [rows, title] = split(a ?? b);
      for (const row of rows) {
        if (!found.has(row)) found.set(row, new Map());
        found.get(row).set(title, file);
      }
    }
  }
  return found;
}

function split(text) {
  const at = text.indexOf(": ");
  return [
    text.slice(0, at).split(", "),
    text
      .slice(at + 2)
      .replaceAll("%s", "…")
      .replaceAll("|", "\\|"),
  ];
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
