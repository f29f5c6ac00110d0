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
 *     npm run mutants -- drain   those whose name has this in it, or one of several
 *     npm run mutants -- 1/2     those of every second test file, the first half; 2/2 is the other one
 */
import { fork, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const LEFT = new Set(["node_modules", "dist", ".git", ".ci-node", ".ci-jco", ".ci-runtimes"]);
/** Milliseconds: what takes longer hangs, and that is red too. */
const LONGEST = 90_000;
/** Milliseconds that one test may take: a broken one, and one that is whole, however busy the machine is. */
const BROKEN = 20_000;
const WHOLE = 120_000;

const words = process.argv.slice(2);
const share = /^(\d+)\/(\d+)$/.exec(words[0] ?? "");
const wanted = share || words.length === 0 ? [""] : words;
const every = readdirSync(join(root, "test/mutants"))
  .filter((file) => file.endsWith(".patch") && wanted.some((each) => file.includes(each)))
  .sort()
  .map(read);
if (every.length === 0) throw new Error(`no mutant has "${wanted.join('" or "')}" in its name`);
const mutants = share ? shareOf(every, Number(share[1]), Number(share[2])) : every;

const began = performance.now();
const lanes = Array.from({ length: Math.min(2, availableParallelism(), mutants.length) }, () =>
  lane(copied()),
);
try {
  await green();
  const queue = [...mutants];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = queue.shift(); next; next = queue.shift()) say(next, await judged(lane, next));
    }),
  );
} finally {
  for (const lane of lanes) lane.end();
}
const alive = mutants.filter(({ verdict }) => verdict !== "died");
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`\n${mutants.length - alive.length} of ${mutants.length} mutants died, in ${seconds} s`);
for (const { name, verdict } of alive) console.log(`${name}: ${verdict}`);
process.exitCode = alive.length > 0 ? 1 : 0;

/** @returns those of every `parts`th test file, from the `part`th on: a test file is run whole once, before its mutants */
function shareOf(mutants, part, parts) {
  const files = [...new Set(mutants.map(({ test }) => test))].sort();
  const own = new Set(files.filter((_, at) => at % parts === part - 1));
  if (own.size === 0)
    throw new Error(`found ${part}/${parts}, wanted one of 1/${parts} to ${parts}/${parts}`);
  return mutants.filter(({ test }) => own.has(test));
}

function read(file) {
  const path = join(root, "test/mutants", file);
  const text = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  const head = text.split("\n\n")[0];
  const [breaks, test, title] = ["Breaks", "Test", "Title"].map((key) => {
    const found = new RegExp(`^${key}: (.+)$`, "m").exec(head)?.[1];
    if (!found) throw new Error(`${file}: its head has no "${key}: ..."`);
    return found;
  });
  const files = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file);
  return { name: file.replace(/\.patch$/, ""), path, files, breaks, test, title, verdict: "" };
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
async function green() {
  const files = [...new Set(mutants.map(({ test }) => test))];
  const parts = lanes.map((_, i) => files.filter((_, at) => at % lanes.length === i));
  const told = await Promise.all(lanes.map((lane, i) => lane.run(parts[i], mutants, WHOLE)));
  for (const each of mutants) {
    const { results, messages } = told[files.indexOf(each.test) % lanes.length];
    const own = named(results, each);
    if (own.length === 0)
      throw new Error(`${each.name}: ${each.test} has no test "${each.title}"${messages.join("\n")}`);
    if (own.some(({ status }) => status !== "passed")) {
      throw new Error(`${each.name}: "${each.title}" is not green before anything is broken`);
    }
  }
}

/** @returns `died`, or why it did not */
async function judged(lane, mutant) {
  const patch = (...options) =>
    spawnSync("git", ["apply", "-p1", "--ignore-whitespace", ...options, mutant.path], {
      cwd: lane.copy,
      encoding: "utf8",
    });
  const applied = patch();
  if (applied.status !== 0) return `the patch does not apply: ${applied.stderr.trim()}`;
  lane.changed(mutant.files);
  const began = performance.now();
  const { results, hung } = await lane.run([mutant.test], [mutant]);
  mutant.seconds = (performance.now() - began) / 1000;
  const back = patch("-R");
  if (back.status !== 0) throw new Error(`${mutant.name} cannot be taken back: ${back.stderr}`);
  lane.changed(mutant.files);
  const own = named(results, mutant);
  if (own.some(({ status }) => status === "failed") || hung) return "died";
  return own.length === 0 ? "its test did not run" : "it lives";
}

/** A copy of the checkout, and what runs tests in it: begun anew when it hangs. */
function lane(copy) {
  let child;
  const changed = [];
  const end = () => {
    if (!child?.connected) return;
    // With the processes that tests run in.
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
    child = undefined;
  };
  return {
    copy,
    changed: (files) => changed.push(...files),
    /** @returns `{ results, messages }`, and `hung` where it took too long: both are empty then */
    async run(files, of, timeout = BROKEN) {
      if (files.length === 0) return { results: [], messages: [] };
      if (!child?.connected) {
        const script = join(copy, "scripts/mutant-lane.mjs");
        child = fork(script, { cwd: copy, detached: process.platform !== "win32", stdio: "ignore" });
      }
      const titles = of.map(({ title }) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
      const wish = { files, pattern: titles, timeout, changed: changed.splice(0) };
      return new Promise((resolve) => {
        const timer = setTimeout(
          () => over({ results: [], messages: [], hung: true }),
          LONGEST + timeout * of.length,
        );
        const died = () => over({ results: [], messages: ["what runs the tests ended"], hung: false });
        const over = (told) => {
          clearTimeout(timer);
          child.off("message", over).off("exit", died);
          if (told.hung) end();
          resolve(told);
        };
        child.on("message", over).on("exit", died);
        child.send(wish);
      });
    },
    end() {
      end();
      rmSync(copy, { recursive: true, maxRetries: 3 });
    },
  };
}

function named(results, { title }) {
  return results.filter((each) => each.title.includes(title) && each.status !== "skipped");
}

function say(mutant, verdict) {
  mutant.verdict = verdict;
  const took = `${(mutant.seconds ?? 0).toFixed(0)} s`.padStart(5);
  console.log(
    `${(verdict === "died" ? "died" : "LIVES").padEnd(5)}${took}  ${mutant.name.padEnd(30)} ${mutant.breaks}`,
  );
}
