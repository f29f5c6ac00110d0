/**
 * Finds the places in the author's files that use something, by its name, which only shows in the compiled
 * module.
 */
import {
  type DeclaredElement,
  type Expression,
  type Node,
  NodeKind,
  type Program,
  type Range,
  type Source,
} from "./compiler.ts";

/** AssemblyScript's bindings declare functions of browsers and Node. */
const BINDINGS = "~lib/bindings/";
/** Places that are shown for one name; the others can be fixed in the same way. */
const MOST = 20;

/**
 * The places to show for an import: the author's declaration, or else the author's uses of the library's
 * declaration.
 *
 * @param internal the compiler's name of it: `plugin/magic`, `~lib/bindings/dom/console.log`
 * @param name its name in the source: `console.log`
 */
export function usesOf(program: Program, internal: string, name: string): readonly Range[] {
  const element = program.instancesByName.get(internal) ?? program.elementsByName.get(internal);
  const declared = (element as DeclaredElement | undefined)?.declaration?.name.range;
  if (declared !== undefined && isWritten(declared.source)) return [declared];
  const [root = name] = name.split(".");
  const written = program.sources.filter(isWritten);
  // Installed libraries, where the author has no use.
  const foreign = program.sources.filter((one) => one.isLibrary && !one.normalizedPath.startsWith(BINDINGS));
  for (const sources of [written, foreign]) {
    for (const wanted of [name, root]) {
      const found = sources.flatMap((source) => mentions(source, wanted));
      if (found.length > 0) return found.slice(0, MOST);
    }
  }
  return [];
}

/** The places where a class of AssemblyScript's library is made that has no implementation. */
export function stubsOf(program: Program): readonly Range[] {
  const made = "~lib/regexp/RegExp#constructor";
  return program.instancesByName.has(made) ? usesOf(program, made, "RegExp") : [];
}

function isWritten({ isLibrary, isNative }: Source): boolean {
  return !isLibrary && !isNative;
}

/** All expressions of a source that name it. */
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

/** The parts of a node; in `a.b` the second name is not looked up. */
function partsOf(node: Node): unknown[] {
  if (node.kind === NodeKind.PropertyAccess) return [(node as Expression).expression];
  return Object.entries(node).flatMap(([key, member]) => (key === "range" ? [] : [member]));
}

function isNode(value: unknown): value is Node {
  if (typeof value !== "object" || value === null) return false;
  const { kind, range } = value as Partial<Node>;
  return typeof kind === "number" && typeof range === "object";
}

/** `a.b.c`; nothing for an expression that is not a name. */
function dotted({ kind, text, expression, property }: Expression): string | undefined {
  if (kind === NodeKind.Identifier) return text;
  if (kind !== NodeKind.PropertyAccess || expression === undefined) return undefined;
  const before = dotted(expression);
  return before === undefined ? undefined : `${before}.${property?.text}`;
}
