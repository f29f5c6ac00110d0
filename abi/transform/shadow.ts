/**
 * Shadows: second programs over the author's sources, in which names and base classes are resolved. The
 * compiler accepts new files only before it resolves types, so the author's types have to be resolved in
 * another program first.
 */
import {
  type Diagnostic,
  DiagnosticCategory,
  NodeKind,
  type Program,
  type Source,
  SourceKind,
  type Statement,
} from "./compiler.ts";

/**
 * Looks at a program's types in a shadow with only the names of types from AssemblyScript's own library,
 * which is quick, and nearly always enough. If that has any error, it looks again in one with the whole
 * library.
 *
 * @param look computes the result from an initialized program; may add to its diagnostics
 * @returns `undefined` when there are errors, which are added to the program's own
 */
export function inShadow<T>(program: Program, look: (shadow: Program) => T): T | undefined {
  const all = program.sources.filter((source) => !source.isNative);
  const { answer, diagnostics } = quickly(program, outlined(all), look) ?? wholly(program, all, look);
  program.diagnostics.push(...diagnostics.filter((one) => one.category >= DiagnosticCategory.Info));
  return diagnostics.some(isError) ? undefined : answer;
}

interface Seen<T> {
  readonly answer: T;
  readonly diagnostics: readonly Diagnostic[];
}

function wholly<T>(program: Program, sources: readonly Source[], look: (shadow: Program) => T): Seen<T> {
  const shadow = new (program.constructor as new (options: unknown) => Program)(program.options);
  try {
    shadow.sources.push(...sources);
    shadow.initialize();
    return { answer: look(shadow), diagnostics: shadow.diagnostics };
  } finally {
    shadow.module.dispose();
  }
}

/** @returns `undefined` when the omitted code may matter */
function quickly<T>(
  program: Program,
  outline: readonly Source[],
  look: (shadow: Program) => T,
): Seen<T> | undefined {
  try {
    const { answer, diagnostics } = wholly(program, outline, look);
    // Errors inside of the outline were to be expected.
    const told = diagnostics.filter(({ range }) => range !== null && !isOutlined(range.source));
    return told.some(isError) ? undefined : { answer, diagnostics: told };
  } catch {
    return undefined;
  }
}

function isError({ category }: Diagnostic): boolean {
  return category === DiagnosticCategory.Error;
}

/** The compiler's own library: the files whose exports are in scope everywhere. */
function isOutlined({ sourceKind }: Source): boolean {
  return sourceKind === SourceKind.LibraryEntry;
}

const TYPES: ReadonlySet<number> = new Set([
  NodeKind.ClassDeclaration,
  NodeKind.EnumDeclaration,
  NodeKind.InterfaceDeclaration,
  NodeKind.TypeDeclaration,
]);

/**
 * The files that the author's code imports, unchanged, and outlines of the files that are in scope
 * everywhere.
 */
function outlined(all: readonly Source[]): readonly Source[] {
  const reached = new Set<Source>();
  const byPath = new Map(all.map((source) => [source.internalPath, source]));
  const reach = (source: Source | undefined): void => {
    if (source === undefined || reached.has(source) || isOutlined(source)) return;
    reached.add(source);
    for (const { internalPath } of source.statements as readonly Importing[]) {
      if (!internalPath) continue;
      reach(byPath.get(internalPath));
      reach(byPath.get(`${internalPath}/index`));
    }
  };
  for (const source of all) {
    const { normalizedPath } = source;
    if (!normalizedPath.startsWith("~lib/") || normalizedPath.startsWith("~lib/moult/")) reach(source);
  }
  return all.filter((source) => reached.has(source) || isOutlined(source)).map(outlineOf);
}

/** Statements that name another file contain its path. */
interface Importing extends Statement {
  readonly internalPath?: string | null;
}

function outlineOf(source: Source): Source {
  if (!isOutlined(source)) return source;
  const statements = source.statements.filter(({ kind }) => TYPES.has(kind)).map(withoutMembers);
  return Object.create(source, { statements: { value: statements } }) as Source;
}

function withoutMembers(statement: Statement): Statement {
  if (!("members" in statement)) return statement;
  return Object.create(statement, { members: { value: [] } }) as Statement;
}
