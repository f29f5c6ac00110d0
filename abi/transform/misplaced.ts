/** Decorators of the guest library in places where they have no meaning. */
import {
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

/** The declarations that a decorator may stand above. */
type Above =
  | "class"
  | "enum"
  | "field"
  | "static field"
  | "variable"
  | "interface"
  | "method"
  | "function"
  | "other";

interface Belonging {
  /** Its spelling. */
  readonly form: string;
  readonly place: string;
  readonly fits: readonly Above[];
  /** Whether it only has a meaning on types of the state. */
  readonly ofState?: boolean;
  /** What to write where it stands above something else. */
  readonly instead?: Readonly<Partial<Record<Above, string>>>;
}

const CROSSES = "every field of a state crosses; keep in a variable at the top of a file what shall not";

/** The places of each decorator. */
const BELONGS: ReadonlyMap<string, Belonging> = new Map<string, Belonging>([
  ...evolution("was", "a field, a class or an enum", ["field", "class", "enum"]),
  ...evolution("dropped", "a class", ["class"]),
  ...evolution("revision", "a class", ["class"]),
  [
    "shared",
    {
      form: "@shared",
      place: "a class",
      fits: ["class"],
      ofState: true,
      instead: {
        field: "write it above the class whose objects the field holds",
        "static field": "write it above the class whose objects the field holds",
        variable: "write it above the class whose objects the variable holds",
        interface: "write a class, and the mark above it",
        enum: "a member of an enum is a number, which has no identity",
      },
    },
  ],
  [
    "transient",
    {
      form: "@transient",
      place: "a variable at the top of a file or a static field",
      fits: ["variable", "static field"],
      instead: { field: CROSSES, class: "write it above the variable that holds an object of the class" },
    },
  ],
]);

function evolution(name: string, place: string, fits: readonly Above[]): [string, Belonging][] {
  return [[name, { form: EVOLUTION.get(name)!, place, fits, ofState: true }]];
}

/**
 * Reports misplaced decorators of the guest library: an error where they can have no meaning, a warning on a
 * class or enum that is not in this plugin's state.
 */
export function checkMisplaced(program: Program, state: StateShape | undefined): void {
  const held = heldBy(program, state);
  const told = new Set<Range>();
  const check = (declaration: Declaration, above: Above, type: Declaration | undefined): void => {
    for (const [name, { form, place, fits, ofState, instead }] of BELONGS) {
      for (const { range, args } of decorators(declaration, name)) {
        if (told.has(range)) continue;
        told.add(range);
        const report = (message: string, error = true): void =>
          (error ? program.error : program.warning).call(
            program,
            DiagnosticCode.Transform_0_1,
            range,
            "moult",
            message,
          );
        if (!fits.includes(above)) {
          const hint = instead?.[above];
          report(`${form} stands above ${place}, not here${hint === undefined ? "" : `: ${hint}`}`);
        } else if (!form.includes("(") && args && args.length > 0) {
          report(`${form} takes nothing in parentheses: write ${form}`);
        } else if (ofState && type !== undefined && !held.has(type.name.range)) {
          report(`${type.name.text} is no part of the state, so @${name} says nothing here`, false);
        }
      }
    }
  };
  const checkAll = (declarations: readonly Declaration[], inside: boolean): void => {
    for (const declaration of declarations) {
      const { kind, members = [] } = declaration as Declaration & { members?: readonly Declaration[] };
      // Declarations in a namespace cannot be part of a state.
      const above = aboveOf(declaration);
      check(declaration, inside && above !== "variable" ? "other" : above, typeOf(declaration, above));
      if (kind === NodeKind.NamespaceDeclaration)
        checkAll((members as readonly Statement[]).flatMap(declarationsOf), true);
      if (kind !== NodeKind.ClassDeclaration) continue;
      for (const member of members) {
        const what = memberOf(member);
        check(member, inside && what === "field" ? "other" : what, declaration);
      }
    }
  };
  for (const source of program.sources) {
    if (!source.isLibrary) checkAll(source.statements.flatMap(declarationsOf), false);
  }
}

const KINDS: ReadonlyMap<number, Above> = new Map([
  [NodeKind.ClassDeclaration, "class"],
  [NodeKind.EnumDeclaration, "enum"],
  [NodeKind.InterfaceDeclaration, "interface"],
  [NodeKind.FunctionDeclaration, "function"],
  [NodeKind.VariableDeclaration, "variable"],
]);

function aboveOf({ kind }: Declaration): Above {
  return KINDS.get(kind) ?? "other";
}

function memberOf({ kind, flags }: Declaration): Above {
  if (kind !== NodeKind.FieldDeclaration) return "method";
  return flags & CommonFlags.Static ? "static field" : "field";
}

function typeOf(declaration: Declaration, above: Above): Declaration | undefined {
  return above === "class" || above === "enum" ? declaration : undefined;
}

/** A `let` may declare several variables. */
function declarationsOf(statement: Statement): readonly Declaration[] {
  const { declarations, name } = statement as Statement & {
    readonly declarations?: readonly Declaration[];
    readonly name?: unknown;
  };
  if (declarations) return declarations;
  return name && "decorators" in statement ? [statement as unknown as Declaration] : [];
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
