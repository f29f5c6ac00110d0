/**
 * Breaks the protocol in one way after another, in a copy of the checkout, and shows that a test fails each
 * time. The ways are `test/mutants/*.patch`; the head of a patch names what it breaks, the test's file, and
 * (part of) its title:
 *
 *     Breaks: the gate does not wait for those inside
 *     Test: test/host/call/gate.test.ts
 *     Title: drains before it does its quiet work
 *
 *     npm run mutants            all
 *     npm run mutants -- drain   those whose name has this in it
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const LEFT = new Set(["node_modules", "dist", ".git", ".ci-node", ".ci-jco"]);
/** Milliseconds: a test that takes longer hangs, and counts as failed. */
const LONGEST = 90_000;

const wanted = process.argv[2] ?? "";
const mutants = readdirSync(join(root, "test/mutants"))
  .filter((file) => file.endsWith(".patch") && file.includes(wanted))
  .sort()
  .map(read);
if (mutants.length === 0) throw new Error(`no mutant has "${wanted}" in its name`);

const began = performance.now();
const copies = Array.from({ length: Math.min(2, availableParallelism(), mutants.length) }, copied);
try {
  await green(copies[0]);
  const queue = [...mutants];
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = queue.shift(); next; next = queue.shift()) say(next, await judged(copy, next));
    }),
  );
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true });
}
const alive = mutants.filter(({ verdict }) => verdict !== "died");
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`\n${mutants.length - alive.length} of ${mutants.length} mutants died, in ${seconds} s`);
for (const { name, verdict } of alive) console.log(`${name}: ${verdict}`);
process.exitCode = alive.length > 0 ? 1 : 0;

function read(file) {
  const path = join(root, "test/mutants", file);
  const head = readFileSync(path, "utf8").replaceAll("\r\n", "\n").split("\n\n")[0];
  const [breaks, test, title] = ["Breaks", "Test", "Title"].map((key) => {
    const found = new RegExp(`^${key}: (.+)$`, "m").exec(head)?.[1];
    if (!found) throw new Error(`${file}: its head has no "${key}: ..."`);
    return found;
  });
  return { name: file.replace(/\.patch$/, ""), path, breaks, test, title, verdict: "" };
}

function copied() {
  const copy = mkdtempSync(join(tmpdir(), "moult-mutant-"));
  for (const part of readdirSync(root)) {
    if (!LEFT.has(part)) cpSync(join(root, part), join(copy, part), { recursive: true, filter: isSource });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  return copy;
}

/** `bench/` has packages of its own. */
function isSource(path) {
  return !["node_modules", "dist"].includes(basename(path));
}

/** Without a mutant, every named test must exist and pass: otherwise its failure would prove nothing. */
async function green(copy) {
  const { results, messages } = await tested(copy, [...new Set(mutants.map(({ test }) => test))], mutants);
  for (const each of mutants) {
    const own = named(results, each);
    if (own.length === 0)
      throw new Error(`${each.name}: ${each.test} has no test "${each.title}"${messages}`);
    if (own.some(({ status }) => status !== "passed")) {
      throw new Error(`${each.name}: "${each.title}" is not green before anything is broken`);
    }
  }
}

/** @returns `died`, or why it did not */
async function judged(copy, mutant) {
  const patch = (...options) =>
    spawnSync("git", ["apply", "-p1", "--ignore-whitespace", ...options, mutant.path], {
      cwd: copy,
      encoding: "utf8",
    });
  const applied = patch();
  if (applied.status !== 0) return `the patch does not apply: ${applied.stderr.trim()}`;
  const { results, hung } = await tested(copy, [mutant.test], [mutant]);
  const back = patch("-R");
  if (back.status !== 0) throw new Error(`${mutant.name} cannot be taken back: ${back.stderr}`);
  const own = named(results, mutant);
  if (own.some(({ status }) => status === "failed") || hung) return "died";
  return own.length === 0 ? "its test did not run" : "it lives";
}

function tested(copy, files, of) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const titles = of.map(({ title }) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const options = ["--reporter=json", `--outputFile=${report}`, "--testTimeout=20000", "-t", titles];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [vitest, "run", ...files, ...options], {
      cwd: copy,
      stdio: "ignore",
    });
    let hung = false;
    const timer = setTimeout(
      () => {
        hung = true;
        child.kill("SIGKILL");
      },
      LONGEST + 10_000 * of.length,
    );
    child.on("close", () => {
      clearTimeout(timer);
      const found = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).testResults : [];
      const results = found.flatMap(({ assertionResults }) => assertionResults);
      resolve({ hung, results, messages: found.map(({ message }) => `\n${message}`).join("") });
    });
  });
}

function named(results, { title }) {
  return results.filter((each) => each.title.includes(title) && each.status !== "skipped");
}

function say(mutant, verdict) {
  mutant.verdict = verdict;
  console.log(
    `${(verdict === "died" ? "died" : "LIVES").padEnd(6)} ${mutant.name.padEnd(28)} ${mutant.breaks}`,
  );
}
