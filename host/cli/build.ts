/** `moult build`: a plugin's module, and the files beside it that hosts and tools need. */
import { relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { BuildError } from "../../abi/transform/mod.ts";
import { changes } from "../dev/changes.ts";
import { type Compiler, compiler } from "../dev/compiler.ts";
import { ProjectError } from "../dev/project.ts";
import { type Recipe, recipe } from "../dev/recipe.ts";
import { type PrivateKey, signaturesIn } from "../trust/mod.ts";
import { artifacts, mapOptions, writeArtifacts } from "./artifacts.ts";
import { component } from "./component.ts";
import { EXIT, Failure } from "./failure.ts";
import { privateKey as givenKey, PRIVATE } from "./given/key-file.ts";
import { type Built, printBuilt, tellUnbuilt } from "./page/build-page.ts";
import { plain, plainLines } from "./plain.ts";
import { signedBuild } from "./signed/signed-build.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const build: Verb = (program, run) => {
  program
    .command("build")
    .summary("compile a plugin, and write what hosts need to use it")
    .description(
      "Compiles a plugin and writes, into the folder build unless package.json names another:\n" +
        "  NAME.wasm          the plugin; NAME.wasm.map leads to its source\n" +
        "  NAME.contract.mts  the contract for hosts, also as .mjs: load(contract, wasm)\n" +
        "  NAME.d.ts          the types of its functions\n" +
        "  NAME.wit           its interface for the tools of the Component Model\n" +
        "Nothing is written when it does not build.",
    )
    .argument("[path]", "the plugin's folder, or its entry file", ".")
    .option("--release", "optimize for speed (the default)")
    .option("--debug", "build fast, and keep function names")
    .option("--watch", "build again whenever a file of it is saved")
    .option("--out <dir>", "write into this folder")
    .option(
      "--component",
      "write a WebAssembly component instead, for other hosts; needs @bytecodealliance/jco",
    )
    .option("--sign", `sign the module, with --key or the key in ${PRIVATE}`)
    .option("--key <file>", "sign the module with this private key")
    .addHelpText(
      "after",
      "\nExit codes: 0 it was built; 1 it does not build; 2 there is no such plugin; 130 Ctrl-C.\n\n" +
        "Examples:\n  moult build\n  moult build plugins/v2.ts --debug --out ../try\n" +
        "  moult build --key release.key\n" +
        "  moult build --json | jq .bytes\n",
    )
    .action(run(make));
};

interface Options {
  readonly release?: true;
  readonly debug?: true;
  readonly watch?: true;
  readonly out?: string;
  readonly component?: true;
  readonly sign?: true;
  readonly key?: string;
}

async function make(terminal: Terminal, path: string, options: Options): Promise<number> {
  if (options.release && options.debug) {
    throw new Failure("could not build for both: say --release or --debug", { exit: EXIT.usage });
  }
  const signs = options.sign === true || options.key !== undefined;
  if (signs && options.component) {
    throw new Failure("could not sign a component: signatures are of modules; leave out --component", {
      exit: EXIT.usage,
    });
  }
  const privateKey = signs ? await givenKey(terminal, options.key) : undefined;
  const at = resolve(terminal.cwd, path);
  const way = options.debug ? "debug" : "release";
  const found = await recipe(at, way);
  await using warm = compiler();
  if (options.watch) return await watching(terminal, found, { ...options, privateKey, at, way, warm });
  return (await once(terminal, found, { ...options, privateKey, at, way, warm })).exit;
}

interface Once extends Options {
  /** The plugin's folder, or its entry file. */
  readonly at: string;
  readonly way: "debug" | "release";
  readonly warm: Compiler;
  readonly privateKey: PrivateKey | undefined;
}

/** @returns the exit code, and the files that were read: those of an error lie around the entry */
async function once(
  terminal: Terminal,
  { project: found, asc }: Recipe,
  { warm, way: optimize, privateKey, ...options }: Once,
): Promise<{ readonly exit: number; readonly files: readonly string[] }> {
  const { signal, cwd, json } = terminal;
  const out = options.out === undefined ? found.out : resolve(cwd, options.out);
  const began = performance.now();
  try {
    const map = mapOptions(found.name);
    const unsigned = await warm.build(found.entry, {
      ...map,
      optimize,
      asc: [...map.asc, ...asc],
      component: options.component === true,
      from: cwd,
      signal,
    });
    const made = privateKey === undefined ? unsigned : await signedBuild(unsigned, privateKey);
    const files = options.component
      ? new Map<string, string | Uint8Array>([
          [`${found.name}.component.wasm`, await component(made, found.root)],
        ])
      : artifacts(found.name, made);
    await writeArtifacts(out, files);
    const module = [...files.values()].at(-1) as Uint8Array;
    const { name, version, interface: own, state } = made.manifest;
    const built: Built = {
      name,
      version,
      ...(own === undefined ? {} : { interface: own }),
      optimize,
      component: options.component === true,
      folder: relative(cwd, out).replaceAll("\\", "/") || ".",
      files: [...files].map(([file, content]) => ({ file, bytes: Buffer.byteLength(content) })).reverse(),
      bytes: module.length,
      gzip: gzipSync(module, { level: 9 }).length,
      ...(state === undefined ? {} : { state: state.fingerprint }),
      ...(privateKey && { signedBy: signaturesIn(made.wasm)[0]!.keyId }),
      warnings: made.warnings,
      notes: made.notes,
      time: performance.now() - began,
    };
    if (json) terminal.printJson({ ok: true, ...built });
    else printBuilt(terminal, built);
    return { exit: EXIT.ok, files: made.files };
  } catch (error) {
    if (!(error instanceof BuildError) || error.diagnostics.length === 0) throw error;
    tellUnbuilt(terminal, error, found.name);
    return { exit: EXIT.refused, files: error.files };
  }
}

/** Builds now, and again whenever a file that was read is saved, until Ctrl-C. */
async function watching(terminal: Terminal, found: Recipe, options: Once): Promise<number> {
  const { signal } = terminal;
  const { root } = found.project;
  let wake = () => {};
  let changed = true;
  const watcher = changes((files) => {
    const names = files.map((file) => relative(root, file).replaceAll("\\", "/"));
    terminal.say(`\n${terminal.style("dim", plain(names.join(", ")))}`);
    changed = true;
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  let current = found;
  let files: readonly string[] = [];
  try {
    while (!signal.aborted) {
      changed = false;
      const since = Date.now();
      try {
        current = await recipe(options.at, options.way);
        ({ files } = await once(terminal, current, options));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Failure || error instanceof ProjectError || error instanceof BuildError))
          throw error;
        // After a crash of the compiler it is unknown what it has read, so the earlier files are watched on.
        if (!(error instanceof Failure) && error.files.length > 0) ({ files } = error);
        terminal.complain(`${terminal.style("red", "error:")} ${plainLines(error.message)}`);
      }
      await watcher.set([current.project.entry, ...current.files, ...files], since);
      if (!changed && !signal.aborted) {
        terminal.say(terminal.style("dim", "watching"));
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    await watcher.close();
  }
  throw signal.reason;
}
