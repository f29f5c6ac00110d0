/** The transform: AssemblyScript's compiler calls it at three points, to turn a module into a plugin. */
import { readFileSync } from "node:fs";
import type { Manifest } from "../manifest.ts";
import {
  type Binaryen,
  DiagnosticCode,
  type Module,
  type Parser,
  type Program,
  type Range,
  type Source,
  SourceKind,
} from "./compiler.ts";
import { addManifest, exportGlobals, importsOf, memoryOf, rename } from "./finish.ts";
import { foreignImport } from "./foreign.ts";
import { ABORT, guestFile, SEED } from "./guest.ts";
import {
  checkIdentity,
  type Identity,
  type IdentityOptions,
  identify,
  producerOf,
  type ReadFile,
} from "./identity.ts";
import { manifestState } from "./manifest-state.ts";
import { checkOutside } from "./outside.ts";
import { EXPORTS, makePlugin, type Plugin, prepare } from "./plugin.ts";
import { checkStateCalls } from "./state-calls.ts";
import { stubsOf, usesOf } from "./usage.ts";
import { manifestFunctions } from "./value-type.ts";

/** Properties of a transform, which the compiler sets on the prototype before it makes one. */
export interface Surroundings {
  readonly program: Program;
  readonly binaryen: Binaryen;
  readonly baseDir: string;
  readonly readFile: ReadFile;
}

export interface TransformOptions extends IdentityOptions {
  /**
   * Makes the core of a component of the Component Model instead of a plugin: the interface and its imports,
   * with a memory of its own, and without everything that swaps need.
   * @default false
   */
  readonly component?: boolean;
  /** Gets the program when the compiler has made it, and the manifest when the module has it. */
  readonly observe?: { program?(program: Program): void; manifest?(manifest: Manifest): void };
}

/** The class that the compiler instantiates and calls. */
export type TransformClass = new () => {
  afterParse(parser: Parser): Promise<void>;
  afterCompile(module: Module): void;
};

/** A class for the compiler's list of transforms. Every build in a process needs one of its own. */
export function transform(options: TransformOptions = {}): TransformClass {
  const { component = false } = options;
  return class MoultTransform {
    readonly #surroundings: Surroundings;
    #made: { readonly plugin: Plugin; readonly identity: Identity } | undefined;

    constructor() {
      // The next build shares the prototype, so nothing is read from it later.
      const { program, binaryen, baseDir, readFile } = this as unknown as Surroundings;
      this.#surroundings = { program, binaryen, baseDir, readFile };
      options.observe?.program?.(program);
    }

    async afterParse(_: Parser): Promise<void> {
      const { program, baseDir, readFile } = this.#surroundings;
      // The transform was named twice, by a config file and the command line.
      if (program.sources.some((source) => source.normalizedPath === EXPORTS)) return;
      const entry = entryOf(program);
      if (entry === undefined) return;
      prepare(program, { component });
      collectAtEase(program);
      standIn(program, { alias: "seed", file: "random.ts", name: SEED });
      if (component) standIn(program, { alias: "abort", file: "component.ts", name: ABORT });
      const identity = await identify(entry.normalizedPath, { baseDir, readFile, options });
      const wrong = checkIdentity(identity);
      if (wrong !== undefined) return complain(program, wrong);
      const plugin = makePlugin(program, entry, { prefix: identity.interface, component });
      if (plugin !== undefined) this.#made = { plugin, identity };
    }

    afterCompile(module: Module): void {
      if (this.#made === undefined) return;
      const { program, binaryen } = this.#surroundings;
      const { plugin, identity } = this.#made;
      rename(module, binaryen, plugin.namings);
      const imports = importsOf(module, binaryen, plugin.capabilities);
      for (const one of imports.unknown) {
        const places = usesOf(program, one.internal, one.name);
        for (const range of places.length > 0 ? places : [null]) complain(program, foreignImport(one), range);
      }
      for (const range of stubsOf(program)) complain(program, NO_EXPRESSIONS, range);
      checkStateCalls(program, plugin.state);
      const variables = component || plugin.opaque ? [] : checkOutside(program, plugin.state);
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
        ...(component ? {} : { globals: exportGlobals(module, binaryen) }),
        ...(state === undefined || component ? {} : { state }),
        ...(variables.length === 0 ? {} : { variables }),
      };
      if (!component) addManifest(module, manifest);
      options.observe?.manifest?.(manifest);
    }
  };
}

/** The compiler has a class for regular expressions whose methods only throw. */
const NO_EXPRESSIONS = "there are no regular expressions: use indexOf, startsWith, split or a loop";

/** The one file that the author named; the runtime is another entry, of the compiler's. */
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

function complain(program: Program, message: string, range: Range | null = null): void {
  program.error(DiagnosticCode.Transform_0_1, range, "moult", message);
}

/**
 * AssemblyScript's collector may run after every kilobyte of allocations. A plugin with few live objects
 * would run a whole collection for every second string of 256 units, a third of the guest's work.
 */
function collectAtEase(program: Program): void {
  program.options.globalAliases ??= new Map();
  const aliases = program.options.globalAliases;
  if (!aliases.has("ASC_GC_GRANULARITY")) aliases.set("ASC_GC_GRANULARITY", "8192");
}

/**
 * Replaces an import of the compiler's own library that belongs to no interface by a function of the guest
 * library: the seed of `Math.random` then comes from the host's random numbers.
 */
function standIn(program: Program, by: { alias: string; file: string; name: string }): void {
  const text = readFileSync(guestFile(by.file), "utf8");
  program.parser.parseFile(text, `~lib/moult/abi/guest/${by.file}`, false);
  program.options.globalAliases ??= new Map();
  program.options.globalAliases.set(by.alias, by.name);
}
