/** `npm run engines`: one list of features in every engine that is here; the tables of README.md and docs/platforms.md. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Asked, ENGINES, type Engine, type Told } from "./engines.ts";
import { FEATURES } from "./features.ts";
import { furnish } from "./folder.ts";
import { type Run, type Runs, written } from "./table.ts";

const HELP = `Usage: npm run engines -- [--install] [--only ENGINE,...] [--feature ID,...] [--quick] [--all]

Packs moult, runs one list of features with it in every engine that is here (test/engines/list.js), and writes what came of
it: docs/engines.json, and from that the tables of README.md and docs/platforms.md.

  --install    fetches engines from npm that are not here
  --only A,B   of them: ${ENGINES.map(({ id }) => id).join(", ")}; what others did stays as it was
  --feature A,B  of the list; what the others did stays as it was
  --quick      without features that take long, and writes nothing
  --all        after that the documents, the fault matrix and the promises too, in every Node.js that is here
  --help       this text

Exit codes: 0 everything works or fails as documented, 1 something does not, 2 the command line is wrong.
`;

const root = fileURLToPath(new URL("../../", import.meta.url));
const JSON_FILE = join(root, "docs/engines.json");
const DOCUMENTS = ["README.md", "docs/platforms.md"];
/** What vitest runs of the rest, in one engine after the other. */
const SUITES = ["test/docs", "test/matrix", "test/faults"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      install: { type: "boolean", default: false },
      only: { type: "string" },
      feature: { type: "string" },
      quick: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const only = values.feature?.split(",");
  const strange = only?.find((name) => !FEATURES.some(({ id }) => id === name));
  if (strange !== undefined) throw new TypeError(`there is no feature ${strange}`);
  const names = values.only?.split(",");
  const wrong = names?.find((name) => !ENGINES.some(({ id }) => id === name));
  if (wrong !== undefined) throw new TypeError(`there is no engine ${wrong}`);
  const engines = ENGINES.filter(({ id }) => names?.includes(id) ?? true);
  if (values.install) for (const each of engines) install(each);
  const runs = await asked(engines, { slow: !values.quick, only });
  let good = [...runs.values()].every(({ bad }) => !bad);
  if (values.all) for (const each of engines) good = suites(each) && good;
  return good ? 0 : 1;
}

function install({ npm, absent }: Engine): void {
  if (!npm || absent() === undefined) return;
  const system = npm.spec.includes("win") ? ["--os=win32", "--cpu=x64", "--force"] : [];
  const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  spawnSync("npm", ["install", ...quiet, ...system, "--prefix", join(root, npm.folder), npm.spec], {
    stdio: "inherit",
  });
}

interface Outcome {
  readonly run: Run;
  readonly bad: boolean;
}

type What = Omit<Asked, "folder">;

/** Packs, and asks one engine after the other. */
async function asked(engines: readonly Engine[], what: What): Promise<Map<string, Outcome>> {
  const work = await mkdtemp(join(tmpdir(), "moult-engines-"));
  try {
    const folder = join(work, "mine");
    await furnish(folder, await packed(work));
    const outcomes = new Map<string, Outcome>();
    for (const engine of engines) {
      const outcome = await outcomeOf(engine, folder, what);
      outcomes.set(engine.id, outcome);
      // What was run stays, if another engine never ends.
      if (what.slow) write(engine, outcome.run);
    }
    return outcomes;
  } finally {
    await rm(work, { recursive: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function packed(work: string): Promise<string> {
  const shell = process.platform === "win32";
  execFileSync("npm", ["pack", "--foreground-scripts", "--pack-destination", work], {
    cwd: root,
    shell,
    stdio: "ignore",
  });
  const tarball = (await readdir(work)).find((name) => name.endsWith(".tgz")) as string;
  execFileSync("tar", ["-xzf", tarball], { cwd: work });
  return join(work, "package");
}

async function outcomeOf(engine: Engine, folder: string, what: What): Promise<Outcome> {
  const absent = engine.absent();
  if (absent !== undefined) {
    console.log(`${engine.name}: not run (${absent})`);
    return { run: { engine: engine.name, notRun: absent }, bad: false };
  }
  const began = performance.now();
  try {
    const told = await engine.run({ folder, ...what });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const bad = told.results.filter(({ result }) => result === "fails");
    console.log(
      `${engine.name} ${told.version}: ${told.results.length - bad.length} of ${told.results.length} in ${seconds} s`,
    );
    for (const { id, why } of bad) console.log(`  ${id}: ${why}`);
    return { run: runOf(engine, told), bad: bad.length > 0 };
  } catch (error) {
    const [why = ""] = String((error as Error).message).split("\n");
    console.log(`${engine.name}: ${(error as Error).message.slice(0, 2_000)}`);
    return { run: { engine: engine.name, notRun: why.slice(0, 200) }, bad: true };
  }
}

function runOf({ name, page }: Engine, { version, results }: Told): Run {
  const features = FEATURES.filter(({ server }) => !(server && page)).map(({ id }) => {
    const found = results.find((each) => each.id === id);
    if (found === undefined) return [id, "not run: it was not asked"];
    const { result, code, why } = found;
    return [id, result === "works" ? "works" : result === "lacks" ? `lacks ${code}` : `fails: ${why}`];
  });
  return {
    engine: name,
    version,
    day: new Date().toISOString().slice(0, 10),
    features: Object.fromEntries(features),
  };
}

/** What engines did that were not asked now stays as it was. */
function write({ id: asked, absent: why }: Engine, run: Run): void {
  const absent = why() !== undefined;
  const before: Runs = existsSync(JSON_FILE) ? JSON.parse(readFileSync(JSON_FILE, "utf8")) : {};
  const all: Record<string, Run> = {};
  for (const { id } of ENGINES) {
    const told = id === asked ? merged(run, before[id], absent) : before[id];
    if (told) all[id] = told;
  }
  writeFileSync(JSON_FILE, `${JSON.stringify(all, null, 2)}\n`);
  for (const path of DOCUMENTS)
    writeFileSync(join(root, path), written(readFileSync(join(root, path), "utf8"), all));
}

/** What was not asked now, of the same version, stays as it was; and all of an engine that is not here, with its day. */
function merged(run: Run, before: Run | undefined, absent: boolean): Run {
  if (absent && before) return before;
  if (!before || "notRun" in run || "notRun" in before || run.version !== before.version) return run;
  const features = Object.entries(run.features).map(([id, told]) => [
    id,
    told.startsWith("not run") ? (before.features[id] ?? told) : told,
  ]);
  return { ...run, features: Object.fromEntries(features) };
}

/** The rest, where vitest runs. */
function suites({ id, engine, npm, absent }: Engine): boolean {
  if (engine !== "Node.js" || id === "wine" || absent() !== undefined) return true;
  const own = id === `node${process.versions.node.split(".")[0]}`;
  const program = own ? process.execPath : join(root, npm?.folder ?? "", "node_modules/.bin/node");
  console.log(`${id}: ${SUITES.join(", ")}`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  return spawnSync(program, [vitest, "run", ...SUITES], { cwd: root, stdio: "inherit" }).status === 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
