/** Adds the generated files to the author's program: exports, imports and state, from one description. */
import { INITIALIZE, MARKER, POST, REALLOC, RESTORE, SAVE } from "../v1.ts";
import type { Capability } from "./capability.ts";
import { RESTORE_FUNCTION, SAVE_FUNCTION, stateSource } from "./codec.ts";
import { type Program, type Source, SourceKind } from "./compiler.ts";
import { type Description, describePlugin } from "./description.ts";
import { exportName, type Naming } from "./finish.ts";
import { type Generated, generated } from "./generated.ts";
import { hookExports } from "./hook-exports.ts";
import { redirect } from "./redirect.ts";
import { inShadow } from "./shadow.ts";
import type { FunctionShape, StateShape } from "./shape.ts";
import { shim } from "./shim.ts";
import { addImport, addStatements, type Spelling, spelling } from "./spelling.ts";
import { wrapper } from "./wrapper.ts";

/** The generated files. */
export const EXPORTS = "~lib/moult/exports.ts";
const IMPORTS = "~lib/moult/imports.ts";
const STATE = "~lib/moult/state.ts";

/** The result for an author's program, for the manifest. */
export interface Plugin {
  readonly functions: readonly FunctionShape[];
  readonly capabilities: readonly Capability[];
  readonly state?: StateShape;
  /** Whether the state hooks are the author's own. */
  readonly opaque: boolean;
  readonly namings: readonly Naming[];
}

export interface PluginOptions {
  /** `demo:logs/handler@1.0.0`, or nothing. */
  readonly prefix: string | undefined;
  /** Whether only the interface is made: a component has no state, no hooks and no marker. */
  readonly component: boolean;
}

/**
 * Resolves the author's types in a shadow of the program, and adds files with the code for them.
 *
 * @returns `undefined` when the program has errors, which are reported
 */
export function makePlugin(program: Program, entry: Source, options: PluginOptions): Plugin | undefined {
  const seen = inShadow(program, (shadow) => {
    const names = spelling();
    return { names, described: describePlugin(shadow, entry, names) };
  });
  return seen && write(program, { ...options, entry, ...seen });
}

function write(
  program: Program,
  plugin: PluginOptions & { entry: Source; names: Spelling; described: Description },
): Plugin {
  const { entry, prefix, component, names, described } = plugin;
  const { functions, hooks, capabilities, state } = described;
  const exports = generated(names);
  const namings: Naming[] = component ? [] : [{ identifier: "marker", names: [MARKER] }];
  const posts: string[] = [];
  for (const [index, shape] of functions.entries()) {
    const name = exportName(shape.name, prefix);
    const { identifier, post } = wrapper(shape, `call${index}`, exports);
    namings.push({ identifier, names: [name] });
    if (post) posts.push(POST + name);
  }
  if (!component) exports.add("export function marker(): void {}\n");
  namings.push(...memoryExports(exports, posts));
  if (!component) {
    namings.push(...hookExports(exports, hooks, names));
    if (state !== undefined) namings.push(...stateExports(program, exports, names, state));
  }
  // No host calls a component's `start`, so it runs after the top-level code.
  const start = component && hooks.start !== undefined ? `${names.of(hooks.start)}();` : "";
  const imports = generated(names);
  for (const { interface: from, functions } of capabilities) {
    for (const { shape } of functions) shim(shape, from, imports);
  }
  imports.parse(program, IMPORTS, { entry: false });
  const file = exports.parse(program, EXPORTS, { entry: true });
  addImport(program, file, { from: entry.internalPath });
  addStatements(program, file, start);
  for (const one of capabilities) redirect(program, one, "~lib/moult/imports");
  names.inject(program);
  entry.sourceKind = SourceKind.User;
  return {
    functions,
    capabilities,
    ...(state === undefined ? {} : { state }),
    opaque: hooks.save !== undefined,
    namings,
  };
}

function memoryExports(file: Generated, posts: readonly string[]): Naming[] {
  file.add(`export function memory_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return ${file.use("arena", "realloc")}(old, oldSize, align, size);
}
`);
  if (posts.length > 0) {
    file.add(`export function memory_post(result: i32): void {\n  ${file.use("arena", "done")}();\n}\n`);
  }
  const post = posts.length > 0 ? [{ identifier: "memory_post", names: posts }] : [];
  return [{ identifier: "memory_realloc", names: [REALLOC] }, ...post];
}

function stateExports(program: Program, file: Generated, names: Spelling, state: StateShape): Naming[] {
  const own = generated(names);
  own.add(stateSource(state, { guest: "moult/abi/guest" }));
  own.parse(program, STATE, { entry: false });
  file.add(`export { ${SAVE_FUNCTION}, ${RESTORE_FUNCTION} } from "moult/state";\n`);
  return [
    { identifier: SAVE_FUNCTION, names: [SAVE] },
    { identifier: RESTORE_FUNCTION, names: [RESTORE] },
  ];
}

/** Sets the options of the compiler that the ABI needs, whatever the command line says. */
export function prepare(program: Program, { component }: { readonly component: boolean }): void {
  const { options } = program;
  options.importMemory = !component;
  options.importTable = false;
  options.exportMemory = true;
  options.exportStart = INITIALIZE;
}
