/**
 * What a plugin keeps outside of its state. It begins anew with every version, so the author is told of each variable,
 * unless a mark says that this is meant; and what top-level code holds of the state has to be what a restore fills.
 */
import type { Manifest } from "../manifest.ts";
import { begunAs } from "./begun.ts";
import {
  type ClassDeclaration,
  type ClassPrototype,
  CommonFlags,
  DiagnosticCode,
  type Expression,
  type File,
  type Node,
  NodeKind,
  type Program,
  type ResolvedType,
} from "./compiler.ts";
import { type Held, type Holding, holding } from "./holding.ts";
import { isMarked } from "./mark.ts";
import { scopeOf } from "./scope.ts";
import type { RecordShape, StateShape } from "./shape.ts";
import { isConstantTable } from "./tables.ts";
import { assignedBy, bare, inPlaceOfName, textAt, visitAll } from "./tree.ts";
import { ownFiles, type Use, type Variable, variablesOf } from "./variables.ts";

/** Of each variable that is not kept: its name, its file, and whether the author says that this is meant. */
export type OutsideVariable = NonNullable<Manifest["variables"]>[number];

/**
 * Looks at every variable of the author's, and reports what is wrong with it or worth knowing.
 *
 * @param program one that is compiled
 * @returns those that begin anew with every version
 */
export function checkOutside(program: Program, state: StateShape | undefined): OutsideVariable[] {
  const variables = variablesOf(program);
  const constants = new Set(variables.filter((one) => !one.assigned).map(({ element }) => element));
  const held = state && holding(program, { root: state.root, constant: (one) => constants.has(one) });
  const objects = variables.filter(({ element: { type } }) => !type.signatureReference && !isValue(type));
  for (const { range, message } of state ? begunAs(state.root, objects) : []) {
    program.error(DiagnosticCode.Transform_0_1, range, "moult", message);
  }
  return variables.flatMap((variable) => {
    const { name, declaration } = variable;
    const transient = isMarked(variable.element, "transient");
    const verdict = judge(program, variable, held);
    if (verdict === undefined && !transient) return [];
    if (verdict !== undefined && !transient) {
      const report = verdict.error ? program.error : program.warning;
      report.call(program, DiagnosticCode.Transform_0_1, declaration.name.range, "moult", verdict.message);
    }
    const file = declaration.range.source.normalizedPath;
    return [{ name, file, ...(transient ? { transient } : {}) }];
  });
}

interface Verdict {
  readonly message: string;
  readonly error?: boolean;
}

const ANEW = "it begins anew with every version";

function judge(program: Program, variable: Variable, holding: Holding | undefined): Verdict | undefined {
  const { name, declaration, element, assigned } = variable;
  const file = program.filesByName.get(declaration.range.source.internalPath);
  const initializer = declaration.initializer;
  const held = holding && initializer && file ? holding(initializer, scopeOf(element, file)) : undefined;
  if (held && held.kind !== "copy" && !assigned)
    return judgeHeld(program, { name, initializer: initializer!, held, holding: holding! });
  if (held?.kind === "copy" && !assigned) {
    const read = `read ${inPlaceOfName(initializer!)} where it is wanted`;
    const copy = `${name} is made of ${held.path} when the plugin starts, and stays that, whatever a swap brings back`;
    return { message: `${copy}: ${read}, or mark it @transient if that is meant` };
  }
  const constant = (expression: Expression, { above }: Use): boolean =>
    !file || holding?.(expression, { file: homeOf(program, expression) ?? file, above }) === undefined;
  const { type } = element;
  if (type.signatureReference) return undefined;
  if (isValue(type)) {
    if (!assigned && !isRawMemory(initializer)) return undefined;
  } else if (!assigned && (isStateless(type) || isConstantTable(variable, constant))) return undefined;
  return {
    message: `${name} is not in the state: ${ANEW}; ${keep(holding)}, or mark it @transient if that is meant`,
  };
}

function homeOf({ filesByName }: Program, { range }: Node): File | undefined {
  return filesByName.get(range.source.internalPath);
}

function keep(holding: Holding | undefined): string {
  return holding ? "keep it in the @state class" : "keep it in a class marked @state";
}

function judgeHeld(
  program: Program,
  {
    name,
    initializer,
    held,
    holding,
  }: { name: string; initializer: Expression; held: Held; holding: Holding },
): Verdict | undefined {
  const instead = `write ${inPlaceOfName(initializer)} where it is wanted`;
  if (held.kind === "replaced") {
    const gone = `${name} holds ${held.path}, and ${held.why}: after a swap the state has another in its place`;
    return { error: true, message: `${gone}; ${instead}` };
  }
  if (held.kind !== "part") return undefined;
  const assignment = assignmentOf(program, held, holding);
  if (!assignment) return undefined;
  const { source, start } = assignment.node.range;
  const line = `${source.normalizedPath}:${source.lineAt(start)}`;
  const stale = `${name} holds ${held.path}, which ${line} puts another in the place of (${textAt(assignment.node)})`;
  return { error: assignment.proven, message: `${stale}: ${instead}` };
}

/** Where a field on the way to a part gets another object. */
function assignmentOf(
  program: Program,
  held: Extract<Held, { kind: "part" }>,
  holding: Holding,
): { readonly node: Node; readonly proven: boolean } | undefined {
  let found: { node: Node; proven: boolean } | undefined;
  for (const file of ownFiles(program)) {
    visitAll(file.source.statements, (node, above) => {
      const target = assignedBy(node);
      if (target?.kind !== NodeKind.PropertyAccess || found?.proven) return;
      const fields = held.fields.filter(({ name }) => name === target.property?.text);
      if (fields.length === 0 || isInConstructor(above)) return;
      const owners = fields.map(({ owner }) => owner);
      const proven = leadsTo(target.expression!, { program, owners, above, file, holding });
      if (proven !== undefined) found = { node, proven };
    });
  }
  return found;
}

/** Whether an expression is an object of one of some classes; `undefined` when it certainly is not. */
function leadsTo(
  expression: Expression,
  {
    program,
    owners,
    above,
    file,
    holding,
  }: {
    program: Program;
    owners: readonly RecordShape[];
    above: readonly Node[];
    file: File;
    holding: Holding;
  },
): boolean | undefined {
  const object = bare(expression);
  if (object.kind === NodeKind.This) {
    const home = above.find(({ kind }) => kind === NodeKind.ClassDeclaration) as ClassDeclaration | undefined;
    return home && owners.some((owner) => isOf(home, owner, program)) ? true : undefined;
  }
  const held = holding(object, { file, above });
  if (held?.kind !== "part") return false;
  return held.shape.kind === "record" &&
    owners.some(({ source }) => source === (held.shape as RecordShape).source)
    ? true
    : undefined;
}

/** Whether a class is that of a shape, or one that it extends. */
function isOf(declaration: ClassDeclaration, { range }: RecordShape, program: Program): boolean {
  for (const element of program.elementsByDeclaration.values()) {
    if (element.declaration.name.range !== range) continue;
    for (let one: ClassPrototype | null = element as ClassPrototype; one; one = one.basePrototype) {
      if (one.declaration.name.range === declaration.name.range) return true;
    }
  }
  return false;
}

function isInConstructor(above: readonly Node[]): boolean {
  const method = above.find(
    ({ kind }) => kind === NodeKind.MethodDeclaration || kind === NodeKind.FunctionDeclaration,
  );
  return (
    method !== undefined && (((method as { flags?: number }).flags ?? 0) & CommonFlags.Constructor) !== 0
  );
}

const STRING = "~lib/string/String";

/** A value that cannot change where it lies: a number, a bool, a string. */
function isValue({ classReference }: ResolvedType): boolean {
  return classReference === null || classReference.internalName === STRING;
}

/** An object without fields keeps nothing. */
function isStateless({ classReference }: ResolvedType): boolean {
  for (let one = classReference?.prototype ?? null; one; one = one.basePrototype) {
    if (one.internalName.startsWith("~lib/")) return false;
    if (
      [...(one.instanceMembers?.values() ?? [])].some(
        (member) => "fieldDeclaration" in member && member.fieldDeclaration,
      )
    )
      return false;
  }
  return true;
}

/** `heap.alloc(16)`, `memory.data(16)`: the number is constant, and what lies there is not. */
function isRawMemory(initializer: Expression | null): boolean {
  let found = false;
  if (initializer) {
    visitAll([initializer], (node) => {
      if (node.kind === NodeKind.Call) found ||= RAW.test(textAt((node as Expression).expression!));
    });
  }
  return found;
}

const RAW = /^(heap\.(alloc|realloc)|memory\.data|__alloc|__new|changetype<usize>)/;
