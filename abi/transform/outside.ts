/**
 * Values that a plugin keeps outside of its state. They start afresh with every version, so the author is
 * warned about each variable, unless a mark declares it intended; and parts of the state that top-level code
 * holds must be objects that a restore fills.
 */
import type { Manifest } from "../manifest.ts";
import { begunAs } from "./begun.ts";
import {
  type ClassDeclaration,
  type ClassPrototype,
  DiagnosticCode,
  type Expression,
  type Node,
  NodeKind,
  type Program,
  type ResolvedType,
} from "./compiler.ts";
import { type Held, type Holding, holding } from "./holding.ts";
import { classesOf } from "./lineage.ts";
import { isMarked } from "./mark.ts";
import { fileOf, isInConstructor, type Scope, scopeOf } from "./scope.ts";
import type { RecordShape, StateShape } from "./shape.ts";
import { isConstantTable } from "./tables.ts";
import { bare, inPlaceOfName, textAt, visitAll } from "./tree.ts";
import { type Survey, survey, type Use, type Variable } from "./variables.ts";

/** A variable that is not kept: its name, its file, and whether the author has declared that intended. */
export type OutsideVariable = NonNullable<Manifest["variables"]>[number];

/**
 * Checks every variable of the author's, and reports faults and notes.
 *
 * @param program a compiled program
 * @returns the variables that start afresh with every version
 */
export function checkOutside(program: Program, state: StateShape | undefined): OutsideVariable[] {
  const { variables, assignments } = survey(program);
  const constants = new Set(variables.filter((one) => !one.assigned).map(({ element }) => element));
  const looking: Looking = {
    program,
    assignments,
    holding: state && holding(program, { root: state.root, constant: (one) => constants.has(one) }),
  };
  const objects = variables.filter(({ element: { type } }) => !type.signatureReference && !isValue(type));
  for (const { range, message } of state ? begunAs(state.root, objects) : []) {
    program.error(DiagnosticCode.Transform_0_1, range, "moult", message);
  }
  return variables.flatMap((variable) => {
    const { name, declaration } = variable;
    const transient = isMarked(variable.element, "transient");
    const verdict = judge(variable, looking);
    if (verdict === undefined && !transient) return [];
    if (verdict !== undefined && !transient) {
      const report = verdict.error ? program.error : program.warning;
      report.call(program, DiagnosticCode.Transform_0_1, declaration.name.range, "moult", verdict.message);
    }
    const file = declaration.range.source.normalizedPath;
    return [{ name, file, ...(transient ? { transient } : {}) }];
  });
}

/** What is needed to check a variable. */
interface Looking extends Pick<Survey, "assignments"> {
  readonly program: Program;
  /** Missing where there is no state. */
  readonly holding: Holding | undefined;
}

interface Verdict {
  readonly message: string;
  readonly error?: boolean;
}

const ANEW = "it begins anew with every version";

function judge(variable: Variable, looking: Looking): Verdict | undefined {
  const { program, holding } = looking;
  const { name, declaration, element, assigned } = variable;
  const file = fileOf(declaration, program);
  const initializer = declaration.initializer;
  const held = holding && initializer && file ? holding(initializer, scopeOf(element, file)) : undefined;
  if (held && held.kind !== "copy" && !assigned)
    return judgeHeld({ name, initializer: initializer!, held }, looking);
  if (held?.kind === "copy" && !assigned) {
    const read = `read ${inPlaceOfName(initializer!)} where it is wanted`;
    const copy = `${name} is made of ${held.path} when the plugin starts, and does not change with a swap`;
    return { message: `${copy}: ${read}, or mark it @transient if that is meant` };
  }
  const constant = (expression: Expression, { above }: Use): boolean =>
    !file || holding?.(expression, { file: fileOf(expression, program) ?? file, above }) === undefined;
  const { type } = element;
  if (type.signatureReference) return undefined;
  if (isValue(type)) {
    if (!assigned && !isRawMemory(initializer)) return undefined;
  } else if (!assigned && (isStateless(type) || isConstantTable(variable, constant))) return undefined;
  return {
    message: `${name} is not in the state: ${ANEW}; ${keep(holding)}, or mark it @transient if that is meant`,
  };
}

function keep(holding: Holding | undefined): string {
  return holding ? "keep it in the @state class" : "keep it in a class marked @state";
}

function judgeHeld(
  { name, initializer, held }: { name: string; initializer: Expression; held: Held },
  looking: Looking,
): Verdict | undefined {
  const instead = `write ${inPlaceOfName(initializer)} where it is wanted`;
  if (held.kind === "replaced") {
    const gone = `${name} holds ${held.path}, and ${held.why}: after a swap the state has another in its place`;
    return { error: true, message: `${gone}; ${instead}` };
  }
  if (held.kind !== "part") return undefined;
  const assignment = assignmentOf(held, looking);
  if (!assignment) return undefined;
  const { source, start } = assignment.node.range;
  const line = `${source.normalizedPath}:${source.lineAt(start)}`;
  const stale = `${name} holds ${held.path}, which ${line} puts another in the place of (${textAt(assignment.node)})`;
  return { error: assignment.proven, message: `${stale}: ${instead}` };
}

/** An assignment that gives a field on the way to a part another object. */
function assignmentOf(
  held: Extract<Held, { kind: "part" }>,
  { program, assignments, holding }: Looking,
): { readonly node: Node; readonly proven: boolean } | undefined {
  let found: { node: Node; proven: boolean } | undefined;
  for (const { node, target, scope } of assignments) {
    const fields = held.fields.filter(({ name }) => name === target.property?.text);
    if (fields.length === 0 || isInConstructor(scope.above)) continue;
    const owners = fields.map(({ owner }) => owner);
    const proven = leadsTo(target.expression!, owners, { program, scope, holding: holding! });
    if (proven) return { node, proven };
    if (proven !== undefined) found = { node, proven };
  }
  return found;
}

/** Whether an expression's object is of one of these classes; `undefined` when it certainly is not. */
function leadsTo(
  expression: Expression,
  owners: readonly RecordShape[],
  { program, scope, holding }: { program: Program; scope: Scope; holding: Holding },
): boolean | undefined {
  const object = bare(expression);
  if (object.kind === NodeKind.This) {
    const home = scope.above.find(({ kind }) => kind === NodeKind.ClassDeclaration);
    const classes = classesOf(program);
    const isOf = ({ range }: RecordShape) =>
      extendsOrIs(classes.get(range), home as ClassDeclaration | undefined);
    return owners.some(isOf) ? true : undefined;
  }
  const held = holding(object, scope);
  if (held?.kind !== "part") return false;
  const { shape } = held;
  return shape.kind === "record" && owners.some(({ source }) => source === shape.source) ? true : undefined;
}

function extendsOrIs(
  one: ClassPrototype | null | undefined,
  declaration: ClassDeclaration | undefined,
): boolean {
  for (let at = one; at; at = at.basePrototype) {
    if (at.declaration.name.range === declaration?.name.range) return true;
  }
  return false;
}

const STRING = "~lib/string/String";

/** An immutable value: a number, a bool, a string. */
function isValue({ classReference }: ResolvedType): boolean {
  return classReference === null || classReference.internalName === STRING;
}

/** An object without fields holds nothing. */
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

/** `heap.alloc(16)`, `memory.data(16)`: the address is constant, but the memory there is not. */
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
