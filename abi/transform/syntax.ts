/**
 * The author's text as the compiler parses it: sources, and the nodes of their syntax trees. See
 * `compiler.ts`.
 */

/** A range of a source's text, in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly source: Source;
}

export interface Source {
  sourceKind: number;
  /** With its extension: `handler.ts`, `~lib/array.ts`. */
  readonly normalizedPath: string;
  /** Without its extension: `handler`. */
  readonly internalPath: string;
  readonly text: string;
  readonly range: Range;
  readonly isLibrary: boolean;
  readonly isNative: boolean;
  readonly statements: Statement[];
  /** The index of the file in the module's debug info; negative until it has one. */
  debugInfoIndex: number;
  /** The line of a position, counted from 1. */
  lineAt(position: number): number;
  /** The column of the last position passed to `lineAt`, counted from 1. */
  columnAt(): number;
}

export interface Node {
  readonly kind: number;
  readonly range: Range;
}
export interface TypeNode extends Node {
  readonly isNullable: boolean;
}
export interface NamedTypeNode extends TypeNode {
  readonly name: TypeName;
  readonly typeArguments: readonly TypeNode[] | null;
}
export interface TypeName extends Node {
  readonly identifier: Identifier;
  readonly next: TypeName | null;
}
export interface TypeParameterNode extends Node {
  readonly name: Identifier;
  readonly defaultType: TypeNode | null;
}
export interface FunctionTypeNode extends TypeNode {
  readonly parameters: readonly ParameterNode[];
  readonly returnType: TypeNode;
}
export interface ParameterNode extends Node {
  readonly parameterKind: number;
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly initializer: Expression | null;
}
export interface DecoratorNode extends Node {
  readonly decoratorKind: number;
  readonly name: Expression;
  readonly args: readonly Expression[] | null;
}

/** Every kind of expression, with the members of all kinds. */
export interface Expression extends Node {
  readonly text?: string;
  readonly literalKind?: number;
  readonly value?: unknown;
  readonly operator?: number;
  readonly operand?: Expression;
  readonly left?: Expression;
  readonly right?: Expression;
  readonly toType?: TypeNode | null;
  /** Of a template literal. */
  readonly tag?: Expression | null;
  readonly parts?: readonly string[];
  readonly expression?: Expression;
  readonly property?: Identifier;
  readonly typeName?: TypeName;
  readonly typeArguments?: readonly TypeNode[] | null;
  readonly args?: readonly Expression[];
  readonly elementExpressions?: readonly Expression[];
}
export interface Identifier extends Expression {
  readonly text: string;
}

export interface Statement extends Node {}
export interface Declaration extends Statement {
  readonly name: Identifier;
  readonly decorators: readonly DecoratorNode[] | null;
  readonly flags: number;
}
export interface ClassDeclaration extends Declaration {
  readonly typeParameters: readonly TypeParameterNode[] | null;
  readonly extendsType: NamedTypeNode | null;
  readonly members: readonly Declaration[];
}
export interface VariableDeclaration extends Declaration {
  readonly initializer: Expression | null;
}
export interface FieldDeclaration extends Declaration {
  readonly type: TypeNode | null;
  readonly initializer: Expression | null;
  /** For a field that a constructor's parameter declares, from 0; otherwise negative. */
  readonly parameterIndex?: number;
}
export interface EnumValueDeclaration extends FieldDeclaration {}
export interface EnumDeclaration extends Declaration {
  readonly values: readonly EnumValueDeclaration[];
}
export interface FunctionDeclaration extends Declaration {
  readonly typeParameters: readonly TypeParameterNode[] | null;
  readonly signature: FunctionTypeNode;
  body: Statement | null;
}
export interface TypeDeclaration extends Declaration {
  readonly typeParameters: readonly TypeParameterNode[] | null;
  readonly type: TypeNode;
}
