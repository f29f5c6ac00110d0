/**
 * The part of the AssemblyScript compiler that the transform uses, as types of our own.
 *
 * The compiler's own declarations are ambient modules full of `const enum`s, which neither an isolated build
 * nor a user's type check can read; and its objects come from whichever copy of the compiler runs the
 * transform, so nothing is imported. A test compares the numbers below with the installed compiler.
 */

import type {
  ClassDeclaration,
  Declaration,
  FieldDeclaration,
  FunctionDeclaration,
  Range,
  Source,
  TypeDeclaration,
  TypeName,
} from "./syntax.ts";

export * from "./syntax.ts";

export const NodeKind = {
  Source: 0,
  NamedType: 1,
  FunctionType: 2,
  TupleType: 3,
  Identifier: 7,
  Assertion: 8,
  Binary: 9,
  Call: 10,
  ElementAccess: 13,
  False: 14,
  Function: 15,
  Literal: 17,
  New: 18,
  Null: 19,
  Parenthesized: 21,
  PropertyAccess: 22,
  Ternary: 23,
  This: 25,
  True: 26,
  UnaryPostfix: 28,
  UnaryPrefix: 29,
  Export: 36,
  ExportDefault: 37,
  Expression: 39,
  ClassDeclaration: 52,
  EnumDeclaration: 53,
  FieldDeclaration: 55,
  FunctionDeclaration: 56,
  InterfaceDeclaration: 58,
  MethodDeclaration: 59,
  NamespaceDeclaration: 60,
  TypeDeclaration: 61,
  VariableDeclaration: 62,
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
  Readonly: 64,
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

export const LiteralKind = { Float: 0, Integer: 1, String: 2, Template: 3, Array: 5 } as const;
export const ParameterKind = { Default: 0, Optional: 1, Rest: 2 } as const;
export const SourceKind = { User: 0, UserEntry: 1, Library: 2, LibraryEntry: 3 } as const;
export const ReportMode = { Report: 0, Swallow: 1 } as const;
export const DiagnosticCategory = { Pedantic: 0, Info: 1, Warning: 2, Error: 3 } as const;
export const DecoratorKind = { Custom: 0 } as const;
export const DiagnosticCode = { Transform_0_1: 109 } as const;

export interface Element {
  readonly kind: number;
  readonly name: string;
  readonly internalName: string;
  readonly parent: Element;
  readonly members: Map<string, DeclaredElement> | null;
  readonly shadowType: DeclaredElement | null;
  is(flags: number): boolean;
  /** The element with a name in this scope. */
  lookup(name: string): Element | null;
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
/** A variable at the top of a file, or a static field. */
export interface Global extends DeclaredElement {
  readonly declaration: FieldDeclaration;
  /** Set once it is compiled. */
  readonly type: ResolvedType;
}
export interface ResolvedType {
  readonly classReference: {
    readonly internalName: string;
    readonly prototype: ClassPrototype;
    readonly typeArguments: readonly ResolvedType[] | null;
  } | null;
  readonly signatureReference: object | null;
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
  /** Internal paths: files to load next, files that were requested or loaded, and files that were loaded. */
  readonly backlog: string[];
  readonly seenlog: Set<string>;
  readonly donelog: Set<string>;
  /** The file that first requested each file. */
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
  /** With `Transform_0_1`: the transform's name, and its message. */
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

/** What `this.binaryen` gives a transform, and the module after the compilation. */
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
