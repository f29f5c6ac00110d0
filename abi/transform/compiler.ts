/**
 * The part of the AssemblyScript compiler that the transform touches, as types of our own.
 *
 * The compiler's own declarations are ambient modules full of `const enum`s, which neither an isolated build
 * nor a
 * user's type check can read; and the objects come from whichever copy of the compiler runs us, so nothing is
 * imported.
 * A test compares the numbers below with the compiler that is installed.
 */

export const NodeKind = {
  NamedType: 1,
  FunctionType: 2,
  TupleType: 3,
  Identifier: 7,
  Assertion: 8,
  Binary: 9,
  Call: 10,
  False: 14,
  Literal: 17,
  New: 18,
  Null: 19,
  Parenthesized: 21,
  PropertyAccess: 22,
  True: 26,
  UnaryPrefix: 29,
  Export: 36,
  ExportDefault: 37,
  ClassDeclaration: 52,
  EnumDeclaration: 53,
  FieldDeclaration: 55,
  FunctionDeclaration: 56,
  InterfaceDeclaration: 58,
  MethodDeclaration: 59,
  TypeDeclaration: 61,
} as const;

export const ElementKind = {
  Global: 0,
  Enum: 2,
  EnumValue: 3,
  FunctionPrototype: 4,
  ClassPrototype: 6,
  InterfacePrototype: 8,
  PropertyPrototype: 10,
  Namespace: 12,
  File: 13,
  TypeDefinition: 14,
} as const;

export const CommonFlags = {
  Import: 1,
  Declare: 4,
  Const: 8,
  Static: 32,
  Abstract: 128,
  Private: 512,
  Protected: 1024,
  Get: 2048,
  Set: 4096,
  Ambient: 32_768,
  Generic: 65_536,
  Instance: 262_144,
  Constructor: 524_288,
  Resolved: 4_194_304,
} as const;

export const LiteralKind = { Float: 0, Integer: 1, String: 2, Array: 5 } as const;
export const ParameterKind = { Default: 0, Optional: 1, Rest: 2 } as const;
export const SourceKind = { User: 0, UserEntry: 1, Library: 2, LibraryEntry: 3 } as const;
export const ReportMode = { Report: 0, Swallow: 1 } as const;
export const DiagnosticCategory = { Pedantic: 0, Info: 1, Warning: 2, Error: 3 } as const;
export const TokenKind = { Minus: 82 } as const;
export const DecoratorKind = { Custom: 0 } as const;
export const DiagnosticCode = { Transform_0_1: 109 } as const;

/** A stretch of a source's text, in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly source: Source;
}

export interface Source {
  sourceKind: number;
  /** With its extension: `handler.ts`, `~lib/array.ts`. */
  readonly normalizedPath: string;
  /** Without: `handler`. */
  readonly internalPath: string;
  readonly text: string;
  readonly range: Range;
  readonly isLibrary: boolean;
  readonly isNative: boolean;
  readonly statements: Statement[];
  /** Of the file in the module's debug info; below zero until it has one. */
  debugInfoIndex: number;
  /** From 1. */
  lineAt(position: number): number;
  /** From 1, of the last position asked with `lineAt`. */
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

/** Every kind of expression, with the members that its kind has. */
export interface Expression extends Node {
  readonly text?: string;
  readonly literalKind?: number;
  readonly value?: unknown;
  readonly operator?: number;
  readonly operand?: Expression;
  readonly left?: Expression;
  readonly right?: Expression;
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

export interface Element {
  readonly kind: number;
  readonly name: string;
  readonly internalName: string;
  readonly parent: Element;
  readonly members: Map<string, DeclaredElement> | null;
  readonly shadowType: DeclaredElement | null;
  is(flags: number): boolean;
}
export interface DeclaredElement extends Element {
  readonly declaration: Declaration;
}
export interface File extends Element {
  readonly source: Source;
  readonly exports: Map<string, DeclaredElement> | null;
  readonly exportsStar: readonly File[] | null;
}
export interface ClassPrototype extends DeclaredElement {
  readonly declaration: ClassDeclaration;
  readonly instanceMembers: Map<string, DeclaredElement> | null;
  readonly basePrototype: ClassPrototype | null;
  readonly constructorPrototype: FunctionPrototype | null;
}
export interface FunctionPrototype extends DeclaredElement {
  readonly declaration: FunctionDeclaration;
}
export interface PropertyPrototype extends DeclaredElement {
  readonly fieldDeclaration: FieldDeclaration | null;
}
export interface TypeDefinition extends DeclaredElement {
  readonly declaration: TypeDeclaration;
  readonly type: { readonly kind: number };
}

export interface Diagnostic {
  readonly code: number;
  readonly category: number;
  readonly message: string;
  readonly range: Range | null;
}

export interface Parser {
  readonly sources: Source[];
  /** Internal paths: what to load next, what was asked for or loaded, and what was loaded. */
  readonly backlog: string[];
  readonly seenlog: Set<string>;
  readonly donelog: Set<string>;
  /** Who asked for a file first. */
  readonly dependees: Map<string, unknown>;
  currentSource: Source | null;
  currentModuleName: string | null;
  options: { readonly features: number } | null;
  /** Without a text, the file was not found. */
  parseFile(text: string | null, path: string, isEntry: boolean): void;
}

export interface Program {
  readonly options: ProgramOptions;
  readonly parser: Parser;
  readonly sources: Source[];
  readonly diagnostics: Diagnostic[];
  readonly filesByName: Map<string, File>;
  readonly elementsByName: Map<string, Element>;
  readonly instancesByName: Map<string, Element>;
  readonly elementsByDeclaration: Map<Declaration, DeclaredElement>;
  readonly resolver: {
    resolveTypeName(name: TypeName, flow: null, scope: Element, report: number): Element | null;
  };
  readonly module: { dispose(): void };
  initialize(): void;
  /** With `Transform_0_1`: the transform's name, and what it has to say. */
  error(code: number, range: Range | null, name: string, message: string): void;
  warning(code: number, range: Range | null, name: string, message: string): void;
  info(code: number, range: Range | null, name: string, message: string): void;
}
export interface ProgramOptions {
  globalAliases: Map<string, string> | null;
  importMemory: boolean;
  importTable: boolean;
  exportMemory: boolean;
  exportStart: string | null;
  readonly bundleMajorVersion: number;
  readonly bundleMinorVersion: number;
  readonly bundlePatchVersion: number;
}

/** What `this.binaryen` gives a transform, and the module that it is shown after the compilation. */
export interface Binaryen {
  getFunctionInfo(ref: number): { name: string; module: string | null; base: string | null };
  getGlobalInfo(ref: number): {
    name: string;
    module: string | null;
    base: string | null;
    mutable: boolean;
  };
  getExportInfo(ref: number): { name: string; kind: number; value: string };
}
export interface Module {
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
  getNumGlobals(): number;
  getGlobalByIndex(index: number): number;
  getNumExports(): number;
  getExportByIndex(index: number): number;
  removeExport(name: string): void;
  addFunctionExport(internal: string, external: string): number;
  addGlobalExport(internal: string, external: string): number;
  addCustomSection(name: string, contents: Uint8Array): void;
  getMemoryInfo(name?: string): { module: string; base: string; initial: number; max?: number };
  runPasses(passes: readonly string[]): void;
}
