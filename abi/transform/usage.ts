/** Where in the author's files something is used that is found only after the compilation, by its name. */
import {
  type DeclaredElement,
  type Expression,
  type Node,
  NodeKind,
  type Program,
  type Range,
  type Source,
} from "./compiler.ts";

/** AssemblyScript's bindings declare what a browser or Node would give. */
const BINDINGS = "~lib/bindings/";
/** Of one name: who has mended these knows how. */
const MOST = 20;

/**
 * The places to show for an import: where the author declares it, or else where they use what the library declares.
 *
 * @param internal the compiler's name of it: `plugin/magic`, `~lib/bindings/dom/console.log`
 * @param name as it is written: `console.log`
 */
export function usesOf(program: Program, internal: string, name: string): readonly Range[] {
  const element = program.instancesByName.get(internal) ?? program.elementsByName.get(internal);
  const declared = (element as DeclaredElement | undefined)?.declaration?.name.range;
  if (declared !== undefined && isWritten(declared.source)) return [declared];
  const [root = name] = name.split(".");
  const written = program.sources.filter(isWritten);
  // In libraries that were installed, where the author uses none.
  const foreign = program.sources.filter((one) => one.isLibrary && !one.normalizedPath.startsWith(BINDINGS));
  for (const sources of [written, foreign]) {
    for (const wanted of [name, root]) {
      const found = sources.flatMap((source) => mentions(source, wanted));
      if (found.length > 0) return found.slice(0, MOST);
    }
  }
  return [];
}

/** Where a class of AssemblyScript's library is made that is there in name only. */
export function stubsOf(program: Program): readonly Range[] {
  const made = "~lib/regexp/RegExp#constructor";
  return program.instancesByName.has(made) ? usesOf(program, made, "RegExp") : [];
}

function isWritten({ isLibrary, isNative }: Source): boolean {
  return !isLibrary && !isNative;
}

/** Every expression of a source that names it. */
function mentions(source: Source, name: string): Range[] {
  const found: Range[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    else if (isNode(node)) {
      if (dotted(node as Expression) === name) found.push(node.range);
      else for (const member of partsOf(node)) visit(member);
    }
  };
  visit(source.statements);
  return found;
}

/** What a node is made of; in `a.b` the second name is not one to look up. */
function partsOf(node: Node): unknown[] {
  if (node.kind === NodeKind.PropertyAccess) return [(node as Expression).expression];
  return Object.entries(node).flatMap(([key, member]) => (key === "range" ? [] : [member]));
}

function isNode(value: unknown): value is Node {
  if (typeof value !== "object" || value === null) return false;
  const { kind, range } = value as Partial<Node>;
  return typeof kind === "number" && typeof range === "object";
}

/** `a.b.c`; nothing for what is no name. */
function dotted({ kind, text, expression, property }: Expression): string | undefined {
  if (kind === NodeKind.Identifier) return text;
  if (kind !== NodeKind.PropertyAccess || expression === undefined) return undefined;
  const before = dotted(expression);
  return before === undefined ? undefined : `${before}.${property?.text}`;
}
