/** `moult lock`: writes down which modules may be loaded, or checks that they are those. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { lockFile } from "../node/mod.ts";
import { type Lock, lockText } from "../trust/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { publicKeys, several } from "./given/key-file.ts";
import { type SignedFile, signedFile } from "./given/signed-file.ts";
import { rows } from "./page/page.ts";
import { plain } from "./plain.ts";
import { type Entry, entryOf, sayDifference } from "./signed/lock-entry.ts";
import { written } from "./signed/written.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const lock: Verb = (program, run) => {
  program
    .command("lock")
    .summary("write down which modules may be loaded, or check them")
    .description(
      "Writes modules into a lock file: name, version, SHA-256, permissions, and with\n" +
        "--key the signers; of one in a registry, also the digest that its tag stands for.\n" +
        "What it says of other modules stays. With the option lock, load takes these\n" +
        "modules and no other.",
    )
    .argument("<modules...>", ".wasm modules, or oci://...")
    .option("--file <file>", "the lock file", "moult.lock")
    .option(
      "--key <file>",
      "a public key; it has to have signed the modules; more than once for more",
      several,
    )
    .option("--no-signers", "ask for no signatures any more, where the lock file did")
    .option("--prune", "leave out all other modules")
    .option("--check", "write nothing, and fail where the file says something else")
    .addHelpText(
      "after",
      "\nA signature of its own is read from MODULE.sig. Without --key, signers that the\n" +
        "file names have to have signed the new module too.\n\n" +
        "Exit codes: 0 it is written, or says the same; 1 it says something else, or a\n" +
        "signature is missing; 2 used wrongly.\n\n" +
        "Examples:\n  moult lock plugins/*.wasm --key release.key.pub\n  moult lock plugins/*.wasm --check\n",
    )
    .action(run(make));
};

interface Options {
  readonly file: string;
  readonly key?: readonly string[];
  readonly signers: boolean;
  readonly prune?: true;
  readonly check?: true;
}

async function make(terminal: Terminal, files: readonly string[], options: Options): Promise<number> {
  const { file, check = false, prune = false, signers } = options;
  const full = resolve(terminal.cwd, file);
  const there = await stat(full).catch(() => undefined);
  if (!there && check)
    throw new Failure(`could not check ${file}: there is no such file`, { exit: EXIT.usage });
  const before: Lock = there ? await lockFile(full) : { lockVersion: 1, modules: {} };
  const keys = signers ? await publicKeys(terminal, options.key ?? []) : [];
  const entries: Entry[] = [];
  const modules: SignedFile[] = [];
  for (const each of files) {
    const module = await signedFile(terminal, each);
    modules.push(module);
    entries.push(await entryOf(module, { before, keys, signers }));
  }
  const references = new Map(prune ? [] : Object.entries(before.references ?? {}));
  for (const { pulled } of modules)
    if (pulled?.reference !== undefined) references.set(pulled.reference, pulled.digest);
  const after = { ...withEntries(before, entries, prune, file), references: Object.fromEntries(references) };
  const differs = lockText(before) !== lockText(after);
  if (!check && (differs || !there)) await written(full, file, lockText(after));
  const gone = prune ? left(before, after) : [];
  tell(terminal, { file, entries, gone, check, differs, references });
  return check && differs ? EXIT.refused : EXIT.ok;
}

/** @throws Failure for two modules of one name and version */
function withEntries(before: Lock, entries: readonly Entry[], prune: boolean, file: string): Lock {
  const modules = new Map(
    prune ? [] : Object.entries(before.modules).map(([name, all]) => [name, { ...all }]),
  );
  const seen = new Map<string, Entry>();
  for (const entry of entries) {
    const { name, version, module } = entry;
    const key = JSON.stringify([name, version]);
    const other = seen.get(key);
    if (other && other.module.sha256 !== module.sha256) {
      const both = `${other.file} and ${entry.file} are both ${name} ${version}, and differ`;
      throw new Failure(`could not write ${file}: ${both}; a lock has one module of a version`);
    }
    seen.set(key, entry);
    modules.set(name, { ...modules.get(name), [version]: module });
  }
  return { lockVersion: 1, modules: Object.fromEntries(modules) };
}

/** The modules that are in the one, and not in the other. */
function left(before: Lock, after: Lock): string[] {
  return Object.entries(before.modules).flatMap(([name, versions]) =>
    Object.keys(versions)
      .filter((version) => !after.modules[name]?.[version])
      .map((version) => `${name} ${version}`),
  );
}

interface Told {
  readonly file: string;
  readonly entries: readonly Entry[];
  readonly gone: readonly string[];
  readonly check: boolean;
  readonly differs: boolean;
  readonly references: ReadonlyMap<string, string>;
}

function tell(terminal: Terminal, { file, entries, gone, check, differs, references }: Told): void {
  const modules = entries.map(({ name, version, module, state, was }) => ({
    name,
    version,
    state,
    ...module,
    ...(was && { was }),
  }));
  if (terminal.json) {
    terminal.printJson({
      ok: !(check && differs),
      lock: file,
      written: !check && differs,
      modules,
      references: Object.fromEntries(references),
      gone,
    });
    return;
  }
  const done = check
    ? differs
      ? "says something else"
      : "says the same"
    : differs
      ? "is written"
      : "is as it was";
  terminal.print(terminal.style("bold", plain(`${file} ${done}`)));
  rows(terminal, [
    ...entries.map((each) => [`${each.name} ${each.version}`, each.state, sayDifference(each)]),
    ...gone.map((name) => [name, "gone", ""]),
  ]);
  for (const [name, digest] of references) terminal.print(plain(`  ${name} stands for ${digest}`));
}
