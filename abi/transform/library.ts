/**
 * The syntax trees of libraries, kept between builds: AssemblyScript's own library is some ninety files that
 * never change, and parsing them is most of the work of an unoptimized build.
 *
 * A file is reused only if its text is exactly the same. The changes that a build makes to a tree are undone
 * before the next build gets it, so that equal sources give equal bytes, whatever was built before.
 */
import {
  type ClassDeclaration,
  type FunctionDeclaration,
  NodeKind,
  type Parser,
  type Program,
  type Source,
} from "./compiler.ts";

/** Pass the same one to every `build`. Builds that share one run one after the other. */
export interface Library {
  /** The number of files that it keeps. */
  readonly size: number;
  /**
   * Runs one build when its turn comes.
   *
   * @param build gets a function that lets a program, which has parsed nothing yet, take files from here
   */
  turn<T extends { readonly failure?: Error }>(
    build: (lend: (program: Program) => void) => Promise<T>,
  ): Promise<T>;
}

/** An empty library: the first build that it is passed to fills it. */
export function library(): Library {
  const trees = new Map<string, Tree>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    get size() {
      return trees.size;
    },
    turn(build) {
      const run = async () => {
        let sound = false;
        try {
          const result = await build((program) => lend(program, trees));
          sound = result.failure === undefined;
          return result;
        } finally {
          // A compiler that failed in the middle may have left unknown changes.
          if (!sound) trees.clear();
        }
      };
      const result = last.then(run, run);
      last = result;
      return result;
    },
  };
}

/** A parsed file, and what the parser recorded for it. */
interface Tree {
  readonly text: string;
  readonly features: number;
  readonly source: Source;
  /** The files that it imports, in order, each with the file that requests it. */
  readonly requests: readonly (readonly [path: string, dependee: unknown])[];
  readonly seen: readonly string[];
  /** Restores the tree as it was after parsing. */
  restore(): void;
}

function lend({ parser }: Program, trees: Map<string, Tree>): void {
  const parse = parser.parseFile.bind(parser);
  parser.parseFile = (text, path, isEntry) => {
    const tree = path.startsWith("~lib/") && text !== null ? treeOf(text, path, isEntry) : undefined;
    if (tree === undefined) parse(text, path, isEntry);
    else add(parser, tree);
  };

  function treeOf(text: string, path: string, isEntry: boolean): Tree | undefined {
    const key = `${path} ${isEntry}`;
    const features = parser.options?.features ?? 0;
    const known = trees.get(key);
    if (known?.text === text && known.features === features) {
      known.restore();
      return known;
    }
    const made = parsed({ text, path, isEntry, features }, parser);
    if (made !== undefined) trees.set(key, made);
    return made;
  }
}

/** Does what the parser does with a file that it has parsed. */
function add(parser: Parser, { source, requests, seen }: Tree): void {
  const { internalPath } = source;
  if (parser.donelog.has(internalPath)) return;
  parser.donelog.add(internalPath);
  parser.seenlog.add(internalPath);
  parser.sources.push(source);
  parser.currentSource = source;
  parser.currentModuleName = null;
  for (const [path, dependee] of requests) {
    if (parser.seenlog.has(path)) continue;
    parser.dependees.set(path, dependee);
    parser.backlog.push(path);
  }
  for (const path of seen) parser.seenlog.add(path);
}

/** @returns `undefined` for a file with errors, or one with requests that are not recorded here */
function parsed(
  { text, path, isEntry, features }: { text: string; path: string; isEntry: boolean; features: number },
  like: Parser,
): Tree | undefined {
  const diagnostics: unknown[] = [];
  const parser = new (like.constructor as new (diagnostics: unknown[]) => Parser)(diagnostics);
  parser.options = like.options;
  parser.parseFile(text, path, isEntry);
  const [source] = parser.sources;
  if (source === undefined || diagnostics.length > 0) return undefined;
  return {
    text,
    features,
    source,
    requests: parser.backlog.map((path) => [path, parser.dependees.get(path)]),
    seen: [...parser.seenlog],
    restore: restorer(source),
  };
}

/**
 * Undoes all changes that a build makes to a tree: see `redirect.ts`, `spelling.ts`, and the compiler's debug
 * info.
 */
function restorer(source: Source): () => void {
  const { sourceKind, debugInfoIndex } = source;
  const { length } = source.statements;
  const methods = source.statements
    .filter((statement) => statement.kind === NodeKind.ClassDeclaration)
    .flatMap((statement) => (statement as ClassDeclaration).members)
    .filter((member) => member.kind === NodeKind.MethodDeclaration)
    .map((member) => ({ method: member as FunctionDeclaration, body: (member as FunctionDeclaration).body }));
  return () => {
    source.sourceKind = sourceKind;
    source.debugInfoIndex = debugInfoIndex;
    source.statements.length = length;
    for (const { method, body } of methods) method.body = body;
  };
}
