/** The transform: what AssemblyScript's compiler runs at its three turns to make a module into a plugin. */
import { readFile } from "node:fs/promises";
import type { Manifest } from "../manifest.ts";
import {
  type Binaryen,
  DiagnosticCode,
  type Module,
  type Parser,
  type Program,
  type Source,
  SourceKind,
} from "./compiler.ts";
import { addManifest, exportGlobals, importsOf, memoryOf, rename } from "./finish.ts";
import { foreignImport } from "./foreign.ts";
import { guestFile, SEED } from "./guest.ts";
import {
  checkIdentity,
  type Identity,
  type IdentityOptions,
  identify,
  producerOf,
  type ReadFile,
} from "./identity.ts";
import { manifestState } from "./manifest-state.ts";
import { EXPORTS, makePlugin, type Plugin, prepare } from "./plugin.ts";
import { checkStateCalls } from "./state-calls.ts";
import { manifestFunctions } from "./value-type.ts";

/** What the compiler gives a transform: it sets these on the prototype before it makes one. */
export interface Surroundings {
  readonly program: Program;
  readonly binaryen: Binaryen;
  readonly baseDir: string;
  readonly readFile: ReadFile;
}

export interface TransformOptions extends IdentityOptions {
  /** Is told the program when the compiler has made it, and the manifest when the module has it. */
  readonly observe?: { program?(program: Program): void; manifest?(manifest: Manifest): void };
}

/** What the compiler makes and calls. */
export type TransformClass = new () => {
  afterParse(parser: Parser): Promise<void>;
  afterCompile(module: Module): void;
};

/** A class for the compiler's list of transforms. Every build in a process needs one of its own. */
export function transform(options: TransformOptions = {}): TransformClass {
  return class MoultTransform {
    readonly #surroundings: Surroundings;
    #made: { readonly plugin: Plugin; readonly identity: Identity } | undefined;

    constructor() {
      // The prototype is shared by whoever builds next, so nothing is read from it later.
      const { program, binaryen, baseDir, readFile } = this as unknown as Surroundings;
      this.#surroundings = { program, binaryen, baseDir, readFile };
      options.observe?.program?.(program);
    }

    async afterParse(_: Parser): Promise<void> {
      const { program, baseDir, readFile } = this.#surroundings;
      // Named twice, by a config file and the command line.
      if (program.sources.some((source) => source.normalizedPath === EXPORTS)) return;
      const entry = entryOf(program);
      if (entry === undefined) return;
      prepare(program);
      await parseSeed(program);
      const identity = await identify(entry.normalizedPath, { baseDir, readFile, options });
      const wrong = checkIdentity(identity);
      if (wrong !== undefined) return complain(program, wrong);
      const plugin = makePlugin(program, entry, identity.interface);
      if (plugin !== undefined) this.#made = { plugin, identity };
    }

    afterCompile(module: Module): void {
      if (this.#made === undefined) return;
      const { program, binaryen } = this.#surroundings;
      const { plugin, identity } = this.#made;
      rename(module, binaryen, plugin.namings);
      const imports = importsOf(module, binaryen, plugin.capabilities);
      for (const name of imports.unknown) complain(program, foreignImport(name));
      checkStateCalls(program, plugin.state);
      const memory = memoryOf(module);
      const state = manifestState(plugin);
      const manifest: Manifest = {
        name: identity.name,
        version: identity.version,
        producer: producerOf(program),
        strings: "utf16",
        ...(identity.interface === undefined ? {} : { interface: identity.interface }),
        exports: manifestFunctions(plugin.functions),
        imports: imports.manifest,
        ...(memory === undefined ? {} : { memory }),
        globals: exportGlobals(module, binaryen),
        ...(state === undefined ? {} : { state }),
      };
      addManifest(module, manifest);
      options.observe?.manifest?.(manifest);
    }
  };
}

/** The one file that the author named; the runtime is an entry of the compiler's own. */
function entryOf(program: Program): Source | undefined {
  const entries = program.sources.filter(
    (source) => source.sourceKind === SourceKind.UserEntry && !source.normalizedPath.startsWith("~lib/"),
  );
  const [entry, second] = entries;
  if (entry !== undefined && second === undefined) return entry;
  const found = entries.map((one) => one.normalizedPath).join(", ");
  complain(program, `a plugin has one entry file; found ${entries.length}${found && `: ${found}`}`);
  return undefined;
}

function complain(program: Program, message: string): void {
  program.error(DiagnosticCode.Transform_0_1, null, "moult", message);
}

/** `Math.random` asks for a seed, from outside of any interface; ours asks the host's random numbers. */
async function parseSeed(program: Program): Promise<void> {
  program.parser.parseFile(
    await readFile(guestFile("random.ts"), "utf8"),
    "~lib/moult/abi/guest/random.ts",
    false,
  );
  program.options.globalAliases ??= new Map();
  program.options.globalAliases.set("seed", SEED);
}
