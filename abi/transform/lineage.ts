/**
 * The state of a plugin in the author's program: the one `@state` class, and the older classes that lead to
 * it.
 */
import { INSTEAD_OF_ROOT } from "./authored.ts";
import {
  type ClassPrototype,
  CommonFlags,
  type DeclaredElement,
  DiagnosticCode,
  ElementKind,
  type FunctionDeclaration,
  type NamedTypeNode,
  NodeKind,
  ParameterKind,
  type Program,
  type Range,
} from "./compiler.ts";
import type { Describer } from "./describe.ts";
import { checkKeepable } from "./keepable.ts";
import { isMarked } from "./mark.ts";
import { isShared, partsOf, recordsOf } from "./recursion.ts";
import { Refusal, refusing } from "./refusal.ts";
import type { RecordShape, StateShape, StepShape } from "./shape.ts";
import { checkSteps } from "./step-check.ts";

/**
 * Finds the class marked `@state`, follows `static from(old: Old)` from it to the oldest class, and checks
 * that all of them can be saved and restored. Faults become errors at the author's lines.
 *
 * @param program an initialized program
 * @param describer a describer for states
 * @returns `undefined` when there is no such class, or after an error
 */
export function findState(program: Program, describer: Describer): StateShape | undefined {
  return refusing(program, () => {
    const root = rootOf(program);
    if (root === undefined) return undefined;
    const state = lineage(program, describer, root);
    const kept = checkKeepable(classesOf(program), state);
    const refusals = kept.length > 0 ? kept : checkSteps(state);
    for (const { range, message } of refusals) {
      program.error(DiagnosticCode.Transform_0_1, range, "moult", message);
    }
    return refusals.length === 0 ? state : undefined;
  });
}

function rootOf(program: Program): ClassPrototype | undefined {
  const [root, second] = [...program.elementsByDeclaration.values()].filter(isRoot);
  if (root === undefined) return undefined;
  if (second !== undefined) {
    const older =
      "; an older version of it needs no mark, only `static from(old)` in the class that follows it";
    throw new Refusal(nameOf(second), `${root.name} is the @state class: there can be only one${older}`);
  }
  if (root.kind !== ElementKind.ClassPrototype) {
    throw new Refusal(nameOf(root), `${root.name} is no class: @state marks the class that holds the state`);
  }
  if (root.is(CommonFlags.Generic)) {
    throw new Refusal(nameOf(root), `${root.name} is generic: @state marks a class without type parameters`);
  }
  if (isMarked(root, "shared")) {
    throw new Refusal(
      nameOf(root),
      `${root.name} is the @state class, of which there is one object: ${INSTEAD_OF_ROOT}`,
    );
  }
  return root as ClassPrototype;
}

function isRoot(element: DeclaredElement): boolean {
  return isMarked(element, "state") && !isLibrary(element.declaration);
}

function isLibrary({ range }: DeclaredElement["declaration"]): boolean {
  return range.source.isLibrary;
}

function lineage(program: Program, describer: Describer, root: ClassPrototype): StateShape {
  const classes = classesOf(program);
  /** The step into a class, if it has one. */
  const stepTo = (to: RecordShape): StepShape | undefined => {
    const element = classes.get(to.range);
    const step = element && stepInto(element);
    if (step === undefined) return undefined;
    return { from: signature(describer, element!, step, to), to, range: step.name.range };
  };
  const shape = describer.record(root);
  const migrations = chainTo(shape, stepTo);
  return {
    root: shape,
    migrations,
    nested: nestedSteps([shape, ...migrations.map(({ from }) => from)], stepTo),
  };
}

/** The steps that lead to a class, the last one first. */
function chainTo(
  newest: RecordShape,
  stepTo: (to: RecordShape) => StepShape | undefined,
): readonly StepShape[] {
  const seen = [newest];
  const steps: StepShape[] = [];
  for (let step = stepTo(newest); step !== undefined; step = stepTo(step.from)) {
    const { from, range } = step;
    if (seen.some(({ source }) => source === from.source)) {
      const names = [...seen, from].map(({ name }) => name).join(", from ");
      throw new Refusal(range, `a state cannot come from itself: ${names}`);
    }
    seen.push(from);
    steps.push(step);
  }
  return steps;
}

/** The steps of inner classes of some roots, at any depth, and of the classes that those are made from. */
function nestedSteps(
  roots: readonly RecordShape[],
  stepTo: (to: RecordShape) => StepShape | undefined,
): readonly StepShape[] {
  const steps = new Map<string, StepShape>();
  const seen = new Set<string>();
  const waiting = recordsOf(roots.flatMap(partsOf)).slice();
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (seen.has(one.source)) continue;
    seen.add(one.source);
    const [step] = chainTo(one, stepTo);
    if (step === undefined) continue;
    const late = [one, ...recordsOf([step.from])].find(isShared);
    if (late !== undefined) {
      const why = "so this step would see objects that are not there yet";
      const instead = "make the step in the @state class, or give this `from` another name";
      throw new Refusal(step.range, `objects of ${late.name} are @shared, ${why}: ${instead}`);
    }
    steps.set(one.source, step);
    waiting.push(...recordsOf([step.from]));
  }
  return [...steps.values()];
}

/** The class's `static from`, if it has one. */
function stepInto({ name, declaration }: ClassPrototype): FunctionDeclaration | undefined {
  const [step, second] = declaration.members.filter(
    (member) =>
      member.kind === NodeKind.MethodDeclaration &&
      member.name.text === "from" &&
      (member.flags & CommonFlags.Static) !== 0,
  ) as FunctionDeclaration[];
  if (second !== undefined) {
    const chain =
      "let the older class have a `static from` of its own, and steps are taken one after the other";
    throw new Refusal(second.name.range, `${name} has two \`static from\`: ${chain}`);
  }
  if (step !== undefined && declaration.typeParameters) {
    const instead = `make the step in the class that holds it, or give this \`from\` another name`;
    throw new Refusal(step.name.range, `${name} is generic, so no step leads to it: ${instead}`);
  }
  return step;
}

/** Checks `static from(old: Old): Newer`, and returns the shape of `Old`. */
function signature(
  describer: Describer,
  element: ClassPrototype,
  step: FunctionDeclaration,
  newer: RecordShape,
): RecordShape {
  const wrong = (found: string): Refusal =>
    new Refusal(step.name.range, `${found}: a migration is \`static from(old: Older): ${element.name}\``);
  const { parameters, returnType } = step.signature;
  const [parameter] = parameters;
  if (step.typeParameters !== null) throw wrong("`from` is generic");
  if (parameter === undefined || parameters.length > 1) throw wrong(`found ${parameters.length} parameters`);
  if (parameter.parameterKind !== ParameterKind.Default || parameter.initializer !== null) {
    throw wrong("the parameter is not a plain one");
  }
  const from = describer.type(parameter.type, { element });
  if (from.kind !== "record") throw wrong("the parameter is not of a class of yours");
  if (isOmitted(returnType as NamedTypeNode)) throw wrong("found no result");
  if (describer.type(returnType, { element }).source !== newer.source)
    throw wrong("the result is of another type");
  return from;
}

function isOmitted(node: NamedTypeNode): boolean {
  return node.kind === NodeKind.NamedType && node.name.identifier.text === "";
}

/** The author's classes, by the range of their name, which shapes have too. */
export function classesOf(program: Program): ReadonlyMap<Range, ClassPrototype> {
  const elements = [...program.elementsByDeclaration.values()].filter(
    ({ kind, declaration }) => kind === ElementKind.ClassPrototype && !isLibrary(declaration),
  );
  return new Map(elements.map((element) => [element.declaration.name.range, element as ClassPrototype]));
}

function nameOf({ declaration }: DeclaredElement): DeclaredElement["declaration"]["range"] {
  return declaration.name.range;
}
