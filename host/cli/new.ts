/** `moult new`: makes a plugin's folder, whole or not at all. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Option } from "commander";
import { EXIT, Failure } from "./failure.ts";
import { type OwnSpec, ownSpec } from "./own-spec.ts";
import { plain } from "./plain.ts";
import { type Files, filesOf, TEMPLATES, type TemplateName } from "./template.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** The folder of this package, seen from `host/cli` and from `dist/bundle` alike. */
const HOME = fileURLToPath(new URL("../..", import.meta.url));

interface NewOptions {
  readonly template: TemplateName;
  readonly moult?: string;
}

export const make: Verb = (program, run) => {
  program
    .command("new")
    .summary("make a plugin that builds, has state and a test")
    .description(
      "Makes a folder with a plugin in it that builds, has state, a migration and passing tests, and prints what to do next.",
    )
    .argument("<name>", "the folder to make; its last part is the plugin's name")
    .addOption(
      new Option("--template <name>", "what to begin with").choices(TEMPLATES).default("log-handler"),
    )
    .option(
      "--moult <spec>",
      "which moult its package.json asks for: a version, or a tarball seen from the new folder (default: this one, from where it was installed)",
    )
    .addHelpText("after", HELP)
    .action(
      run(async (terminal, given: string, { template, moult }: NewOptions) => {
        const folder = resolve(terminal.cwd, given);
        const name = nameOf(folder, given, terminal);
        const own = { version: program.version() ?? "0.0.0", folder, cwd: terminal.cwd, home: HOME };
        const asked = moult === undefined ? await ownSpec(own) : { spec: moult, known: true };
        const files = await filesOf({ template, name, moult: asked.spec });
        await write(folder, files, { given, terminal });
        tell(terminal, { name, folder, template, files, asked });
        return EXIT.ok;
      }),
    );
};

const HELP = `
Templates:
  log-handler  counts the lines of an access log; a migration, log lines, a clock
  empty        counts, and little else

Examples:
  moult new visits
  moult new plugins/visits --template empty
  moult new visits --moult file:../moult-0.1.0.tgz    before moult is on npm: a tarball of \`npm pack\`

Exit codes: 0 made, 1 it could not be written, 2 used wrongly (a bad name, a folder with something in it)
`;

/** The packages that a plugin needs: it cannot depend on one of its own name. */
const NEEDED = ["moult", "assemblyscript", "typescript", "vitest", "zod"];
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;

function nameOf(folder: string, given: string, { cwd }: Terminal): string {
  const name = basename(folder);
  const no = (why: string, hint: string) =>
    new Failure(`could not make ${plain(given)}: ${why}`, { exit: EXIT.usage, hint });
  if (folder === resolve(cwd)) throw no("it is the folder you are in", "name a folder to make");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 100) {
    throw no(
      `"${plain(name)}" cannot be a plugin's name`,
      "small letters, digits and single hyphens, a letter first, 100 at most: page-views",
    );
  }
  if (NEEDED.includes(name)) throw no(`a plugin needs the package ${name}`, "call it something else");
  if (RESERVED.test(name)) throw no(`Windows keeps the name ${name} for itself`, "call it something else");
  return name;
}

/** Writes beside the target first, so that all of it appears or nothing. */
async function write(
  folder: string,
  files: Files,
  { given, terminal }: { readonly given: string; readonly terminal: Terminal },
): Promise<void> {
  const there = await contentsOf(folder);
  if (there === "file" || (there?.length ?? 0) > 0) {
    const what = there === "file" ? "a file of that name is there" : "the folder is there, and not empty";
    throw new Failure(`could not make ${plain(given)}: ${what}; nothing of it was touched`, {
      exit: EXIT.usage,
      hint: "take another name, or move away what is there",
    });
  }
  const beside = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  try {
    for (const [path, text] of files) {
      const file = join(beside, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    terminal.signal.throwIfAborted();
    if (there) await rmdir(folder);
    await rename(beside, folder);
  } catch (cause) {
    await rm(beside, { recursive: true, force: true }).catch(() => {});
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`could not make ${plain(given)}: ${why}; nothing was made`, { cause });
  }
}

async function contentsOf(folder: string): Promise<readonly string[] | "file" | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? readdir(folder) : "file";
}

interface Made {
  readonly name: string;
  readonly folder: string;
  readonly template: TemplateName;
  readonly files: Files;
  /** The moult that the plugin depends on. */
  readonly asked: OwnSpec;
}

function tell(terminal: Terminal, { name, folder, template, files, asked }: Made): void {
  const to = (relative(terminal.cwd, folder) || ".").replaceAll("\\", "/");
  const next = [`cd ${to}`, "npm install", "npm test", "npm run dev"];
  if (terminal.json) {
    terminal.printJson({ name, folder, template, files: [...files.keys()], next });
    return;
  }
  terminal.print(`${terminal.style("green", "made")} ${to}, from the template ${template}:`);
  for (const path of files.keys()) terminal.print(`  ${path}`);
  terminal.say("\nNext:");
  for (const command of next) terminal.say(`  ${command}`);
  if (asked.known) return;
  terminal.say(
    `\nIt asks npm for moult ${asked.spec}. Where npm has none, make a tarball with \`npm pack\` in a clone`,
  );
  terminal.say("of moult, and say which: moult new NAME --moult file:PATH-FROM-THE-NEW-FOLDER.tgz");
}
