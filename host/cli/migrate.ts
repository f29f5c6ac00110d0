/** `moult migrate`: writes the older class and the step that a state needs to reach a new version. */
import { writeFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import {
  AbiError,
  type Advice,
  adviceFor,
  adviceText,
  type Manifest,
  parseSchema,
  passage,
  type StateOrigin,
} from "../../abi/tools.ts";
import { type Build, BuildError } from "../../abi/transform/mod.ts";
import { type Recipe, recipe } from "../dev/recipe.ts";
import { EXIT, Failure } from "./failure.ts";
import { builtInMemory } from "./given/built-in-memory.ts";
import { edited, type Files, NotFound } from "./migrated/edited.ts";
import { building, type OldState, oldState, ownFiles } from "./migrated/old-state.ts";
import { plainLines } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const migrate: Verb = (program, run) => {
  program
    .command("migrate")
    .summary("show, or write, the step that a state needs to get into a new version")
    .description(
      "Shows the older classes and the steps that an old version's state needs to get into a new\n" +
        "one, with the fields copied that can be. Where only you can decide, the code throws until you have.",
    )
    .argument("<old>", "a .wasm file, a snapshot, or a plugin's folder or entry file")
    .argument("<new>", "the new version's folder or entry file")
    .option("--write", "put them into the new version's files, each in its place")
    .addHelpText(
      "after",
      "\nExit codes: 0 it was shown or written, or nothing is needed; 1 it cannot be written; 2 it was used wrongly.\n\n" +
        "Examples:\n  moult migrate ../server/visits.wasm .\n" +
        "  moult migrate test/released/1.0.0.avro . --write\n",
    )
    .action(
      run((terminal, old: string, next: string, options: { write?: boolean }) =>
        work(terminal, { old, next, ...options }),
      ),
    );
};

interface Given {
  readonly old: string;
  readonly next: string;
  readonly write?: boolean;
}

async function work(terminal: Terminal, { old, next, write = false }: Given): Promise<number> {
  const origin = await oldState(terminal, old);
  const found = await recipe(resolve(terminal.cwd, next), "debug");
  const built = await building(terminal, next, found);
  const way = wayOf(origin.state, built.manifest);
  if (way !== undefined) {
    if (terminal.json) terminal.printJson({ crosses: true, steps: way });
    else terminal.print(`nothing is needed: the state crosses already, by ${way.join(" -> ")}`);
    return EXIT.ok;
  }
  const advice = adviceOf(origin.state, built.manifest, { old, next });
  if (!write) {
    if (terminal.json) terminal.printJson({ crosses: false, advice });
    else
      terminal.print(
        `${plainLines(adviceText(advice, Number.POSITIVE_INFINITY))}\n\n--write puts the steps into the files`,
      );
    return EXIT.ok;
  }
  return written(terminal, { found, built, advice, origin });
}

/** The steps of the existing way; nothing when there is none. */
function wayOf(state: StateOrigin, manifest: Manifest): readonly string[] | undefined {
  if (!manifest.state) return undefined;
  try {
    return passage(state, manifest.state, manifest).steps;
  } catch (error) {
    if (error instanceof AbiError) return undefined;
    throw error;
  }
}

function adviceOf(
  origin: StateOrigin,
  { name, version, state }: Manifest,
  { old, next }: Given,
): readonly Advice[] {
  const refuse = (problem: string) => new Failure(`could not migrate ${old} to ${next}: ${problem}`);
  if (!state) throw refuse(`${name} ${version} keeps no state`);
  const [writer, own] = [parseSchema(origin.schema), parseSchema(state.schema)];
  const migrations = state.migrations.map(({ nested = false, ...each }) => {
    return { ...each, nested, schema: parseSchema(each.schema) };
  });
  const advice = adviceFor(writer, { own, migrations });
  if (advice.length > 0) return advice;
  throw refuse("no change of a class would help: write save and restore by hand, or begin without the state");
}

interface Writing {
  readonly found: Recipe;
  readonly built: Build;
  readonly advice: readonly Advice[];
  readonly origin: OldState;
}

/**
 * Writes the missing classes and steps, with the earlier steps of the old version's own source, if that
 * builds here.
 */
async function written(terminal: Terminal, writing: Writing): Promise<number> {
  const { built, origin, advice } = writing;
  const files = await ownFiles(built);
  const texts = origin.files.size > 0 ? [origin.files, undefined] : [undefined];
  let problem = "";
  for (const before of texts) {
    const changed = changedFiles(files, edit(files, advice, before));
    for (const [path, text] of changed) await writeFile(path, text);
    problem = await problemOf(terminal, writing);
    if (problem === "") {
      tell(terminal, changed, advice);
      return EXIT.ok;
    }
    for (const path of changed.keys()) await writeFile(path, files.get(path)!);
  }
  throw new Failure(`could not write the steps: ${problem}; the files are as they were`, { hint: SHOWN });
}

const SHOWN = "without --write the steps are shown, to be put where they belong by hand";

function edit(files: Files, advice: readonly Advice[], before: Files | undefined): Files {
  try {
    return edited(files, advice, before);
  } catch (cause) {
    if (!(cause instanceof NotFound)) throw cause;
    throw new Failure(`could not write the steps: ${cause.message}`, { cause, hint: SHOWN });
  }
}

function changedFiles(files: Files, made: Files): Files {
  return new Map([...made].filter(([path, text]) => files.get(path) !== text));
}

/** What is wrong with the written code; nothing when it builds and takes the state. */
async function problemOf(terminal: Terminal, { found, origin }: Writing): Promise<string> {
  try {
    const { manifest } = await builtInMemory(terminal, found);
    return wayOf(origin.state, manifest) === undefined ? "the state would not cross all the same" : "";
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return `with them it does not build (${error.diagnostics[0]?.message ?? error.message})`;
  }
}

function tell(terminal: Terminal, changed: Files, advice: readonly Advice[]): void {
  const open = [...changed].flatMap(([path, text]) => {
    const file = relative(terminal.cwd, path).replaceAll(sep, "/");
    return text.split("\n").flatMap((line, i) => {
      const what = /^ *throw new Error\("((?:decide|no way from) [^"]*)"\);$/.exec(line)?.[1];
      return what === undefined ? [] : [{ place: `${file}:${i + 1}`, what }];
    });
  });
  const names = advice.flatMap(({ step, words }) =>
    step ? [step.older] : words.map(({ decorator }) => decorator),
  );
  const files = [...changed.keys()].map((path) => relative(terminal.cwd, path).replaceAll(sep, "/"));
  if (terminal.json) {
    terminal.printJson({ crosses: true, wrote: files, decide: open });
    return;
  }
  terminal.print(plainLines(`wrote ${names.join(", ")} into ${files.join(", ")}`));
  for (const { place, what } of open) terminal.print(plainLines(`  ${place}  ${what}`));
  if (open.length > 0) terminal.print("until you have decided, a swap is refused there and nothing is lost");
}
