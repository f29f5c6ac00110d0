/** Decorators about earlier versions that stand where they say nothing. */
import {
  type ClassDeclaration,
  type ClassPrototype,
  CommonFlags,
  type Declaration,
  DiagnosticCode,
  NodeKind,
  type Program,
  type Range,
  type Statement,
} from "./compiler.ts";
import { decorators, EVOLUTION } from "./evolution.ts";
import { shapesOf } from "./recursion.ts";
import type { StateShape } from "./shape.ts";

/** Where each of them belongs. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ["was", "a field, a class or an enum"],
  ["dropped", "a class"],
  ["revision", "a class"],
]);

/**
 * Reports `@was`, `@dropped` and `@revision` on what is no part of any state: an error on what can be none, a
 * warning on a class or enum that this plugin's state does not hold.
 */
export function checkMisplaced(program: Program, state: StateShape | undefined): void {
  const held = heldBy(program, state);
  const told = new Set<Range>();
  const check = (declaration: Declaration, fits: readonly string[], type: Declaration | undefined): void => {
    for (const [name, form] of EVOLUTION) {
      for (const { range } of decorators(declaration, name)) {
        if (told.has(range)) continue;
        told.add(range);
        if (!fits.includes(name)) {
          const message = `${form} stands above ${PLACES.get(name)}, not here`;
          program.error(DiagnosticCode.Transform_0_1, range, "moult", message);
        } else if (type !== undefined && !held.has(type.name.range)) {
          const message = `${type.name.text} is no part of the state, so @${name} says nothing here`;
          program.warning(DiagnosticCode.Transform_0_1, range, "moult", message);
        }
      }
    }
  };
  for (const source of program.sources) {
    if (source.isLibrary) continue;
    for (const statement of source.statements) {
      for (const declaration of declarationsOf(statement)) {
        const { kind } = declaration;
        if (kind === NodeKind.ClassDeclaration) {
          check(declaration, [...EVOLUTION.keys()], declaration);
          for (const member of (declaration as ClassDeclaration).members) {
            const field = member.kind === NodeKind.FieldDeclaration && !(member.flags & CommonFlags.Static);
            check(member, field ? ["was"] : [], declaration);
          }
        } else check(declaration, kind === NodeKind.EnumDeclaration ? ["was"] : [], declaration);
      }
    }
  }
}

/** A `let` declares several; what is in a namespace can be no part of a state. */
function declarationsOf(statement: Statement): readonly Declaration[] {
  const { declarations, members, name, kind } = statement as Statement & {
    readonly declarations?: readonly Declaration[];
    readonly members?: readonly Declaration[];
    readonly name?: unknown;
  };
  if (declarations) return declarations;
  if (!name || !("decorators" in statement)) return [];
  const inside = kind === NodeKind.NamespaceDeclaration ? (members ?? []).map(outOfPlace) : [];
  return [statement as Declaration, ...inside];
}

function outOfPlace(declaration: Declaration): Declaration {
  return Object.create(declaration, { kind: { value: NodeKind.NamespaceDeclaration } }) as Declaration;
}

/** The names of the classes and enums of the state, and of the classes that these extend. */
function heldBy(program: Program, state: StateShape | undefined): ReadonlySet<Range> {
  const held = new Set<Range>();
  if (state === undefined) return held;
  const { root, migrations, nested = [] } = state;
  for (const shape of shapesOf([root, ...[...migrations, ...nested].map(({ from }) => from)])) {
    if (shape.kind === "record" || shape.kind === "enum") held.add(shape.range);
  }
  for (const element of program.elementsByDeclaration.values()) {
    if (!held.has(element.declaration.name.range)) continue;
    for (let base = (element as ClassPrototype).basePrototype; base; base = base.basePrototype) {
      held.add(base.declaration.name.range);
    }
  }
  return held;
}
