/** The names in generated code for what the author declared, exported or not. */
import type { DeclaredElement, Parser, Program, Source, Statement } from "./compiler.ts";

export interface Spelling {
  /** The name of a class, enum or function, the same in all generated code. */
  of(element: DeclaredElement): string;
  /** Lets a generated file import the names that were requested so far. */
  importInto(program: Program, file: Source): void;
  /** Lets the author's files export those names. Their text does not change, so line numbers stay valid. */
  inject(program: Program): void;
}

export function spelling(): Spelling {
  const names = new Map<DeclaredElement, string>();
  return {
    of(element) {
      if (isStandard(element)) return element.name;
      const name = names.get(element) ?? `__m${names.size}`;
      names.set(element, name);
      return name;
    },
    importInto(program, file) {
      for (const [element, name] of names) {
        addImport(program, file, { from: element.declaration.range.source.internalPath, name });
      }
    },
    inject(program) {
      for (const [element, name] of names) {
        const local = element.declaration.name.text;
        addStatements(program, element.declaration.range.source, `export { ${local} as ${name} };`);
      }
    },
  };
}

/** Parses statements as if they stood in `source` (the compiler needs that path), and adds them to it. */
export function addStatements(program: Program, source: Source, text: string): readonly Statement[] {
  const parser = new (program.parser.constructor as new (diagnostics: unknown) => Parser)(
    program.diagnostics,
  );
  parser.parseFile(text, source.normalizedPath, false);
  const statements = parser.sources[0]?.statements ?? [];
  source.statements.push(...statements);
  return statements;
}

/**
 * Adds an import of a file that is already parsed, by its internal path, which an import statement could not
 * express everywhere. Without a name it only makes sure that the file's top-level code runs.
 */
export function addImport(
  program: Program,
  source: Source,
  { from, name, as = name }: { readonly from: string; readonly name?: string; readonly as?: string },
): void {
  const members = name === undefined ? "" : `{ ${name} as ${as} } from `;
  const statements = addStatements(program, source, `import ${members}"moult";`);
  for (const statement of statements) (statement as { internalPath?: string }).internalPath = from;
}

/** Whether an element belongs to AssemblyScript's own library, which is in scope everywhere. */
export function isStandard(element: DeclaredElement): boolean {
  return element.internalName.startsWith("~lib/") && !element.internalName.startsWith("~lib/moult/");
}
