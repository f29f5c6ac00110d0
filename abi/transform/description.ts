/** The description of an author's program, complete before any code is generated. */
import { type Capability, capabilityClasses, describeCapability } from "./capability.ts";
import {
  type Diagnostic,
  DiagnosticCategory,
  DiagnosticCode,
  type Program,
  type Source,
} from "./compiler.ts";
import { describer } from "./describe.ts";
import type { Hooks } from "./hook.ts";
import { fieldsWithoutDefault } from "./keepable.ts";
import { findState } from "./lineage.ts";
import { checkMisplaced } from "./misplaced.ts";
import { noteReach } from "./reach.ts";
import { recordsOf } from "./recursion.ts";
import { Refusal, refusing } from "./refusal.ts";
import type { FunctionShape, StateShape } from "./shape.ts";
import type { Spelling } from "./spelling.ts";
import { surface } from "./surface.ts";

export interface Description {
  readonly functions: readonly FunctionShape[];
  readonly hooks: Hooks;
  readonly capabilities: readonly Capability[];
  readonly state: StateShape | undefined;
}

/** Faults become errors of the program, at the author's lines. */
export function describePlugin(shadow: Program, entry: Source, names: Spelling): Description {
  const describe = describer(shadow, names, "interface");
  const { functions, hooks } = surface(shadow, entry, { describe, spelling: names });
  let shims = 0;
  const nextName = () => `shim${shims++}`;
  const capabilities = capabilityClasses(shadow).flatMap(
    (prototype) => refusing(shadow, () => describeCapability(prototype, { describe, nextName })) ?? [],
  );
  const errors = () => shadow.diagnostics.filter(isError).length;
  const before = errors();
  const state = findState(shadow, describer(shadow, names, "state"));
  refusing(shadow, () => checkHooks(hooks, state));
  if (errors() === before) checkMisplaced(shadow, state);
  noteLosses(shadow, [
    ...functions,
    ...capabilities.flatMap((one) => one.functions.map(({ shape }) => shape)),
  ]);
  if (state !== undefined) noteFields(shadow, state);
  return { functions, hooks, capabilities, state };
}

function isError({ category }: Diagnostic): boolean {
  return category === DiagnosticCategory.Error;
}

function checkHooks(hooks: Hooks, state: StateShape | undefined): void {
  const { save, restore } = hooks;
  const one = save ?? restore;
  if (one === undefined) return;
  const { range } = one.declaration.name;
  if (state !== undefined) {
    throw new Refusal(
      range,
      `the @state class ${state.root.name} is saved and restored by itself: drop ${one.name}`,
    );
  }
  if (save === undefined)
    throw new Refusal(range, "restore without save: write save(sink: Sink): bool as well");
  if (restore === undefined)
    throw new Refusal(range, "save without restore: write restore(source: Source): void as well");
}

/** Objects cross as their declared type: fields of a subclass are left behind. */
function noteLosses(program: Program, functions: readonly FunctionShape[]): void {
  const shapes = functions.flatMap((one) => [
    ...one.params.map(({ shape }) => shape),
    ...(one.result ? [one.result] : []),
  ]);
  for (const { name, subclass, range } of recordsOf(shapes)) {
    if (subclass === undefined) continue;
    const message = `${subclass} extends ${name}: where ${name} crosses, only the fields of ${name} do`;
    program.warning(DiagnosticCode.Transform_0_1, range, "moult", message);
  }
}

function noteFields(program: Program, state: StateShape): void {
  for (const { name, range } of fieldsWithoutDefault(state)) {
    const message = `${name} has no constant for a default: a version that adds such a field needs a \`static from\``;
    program.info(DiagnosticCode.Transform_0_1, range, "moult", message);
  }
  for (const { range, message } of noteReach(state.root)) {
    program.info(DiagnosticCode.Transform_0_1, range, "moult", message);
  }
}
