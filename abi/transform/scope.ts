/** Resolves names in their scope: to an element of a file or a namespace, or to a local. */
import {
  type ClassDeclaration,
  CommonFlags,
  type DeclaredElement,
  type Element,
  ElementKind,
  type Expression,
  type File,
  type Global,
  type Node,
  NodeKind,
  type Program,
} from "./compiler.ts";
import { bare } from "./tree.ts";

/** The scope of an expression. */
export interface Scope {
  readonly file: File;
  /** The nodes around it, the innermost first. */
  readonly above: readonly Node[];
}

/** The file of a node. */
export function fileOf({ range }: Node, { filesByName }: Program): File | undefined {
  return filesByName.get(range.source.internalPath);
}

/** Whether code inside these nodes runs when an object is made. */
export function isInConstructor(above: readonly Node[]): boolean {
  const method = above.find(
    ({ kind }) => kind === NodeKind.MethodDeclaration || kind === NodeKind.FunctionDeclaration,
  );
  return (((method as { flags?: number } | undefined)?.flags ?? 0) & CommonFlags.Constructor) !== 0;
}

/** The variable that an expression names: `counter`, `Item.next`, `geo.origin`. */
export function namedBy(expression: Expression, scope: Scope): Global | undefined {
  const { kind } = expression;
  if (kind !== NodeKind.Identifier && kind !== NodeKind.PropertyAccess) return undefined;
  const element = elementOf(expression, scope);
  return element?.kind === ElementKind.Global ? (element as Global) : undefined;
}

/** The scope of a variable's initializer. */
export function scopeOf({ parent }: Global, file: File): Scope {
  const above: Node[] = [];
  for (let one = parent; one.kind !== ElementKind.File; one = one.parent)
    above.push((one as DeclaredElement).declaration);
  return { file, above };
}

/** The element that an expression of names refers to; `undefined` for a local, and for members of one. */
export function elementOf(expression: Expression, scope: Scope): Element | undefined {
  const node = bare(expression);
  if (node.kind === NodeKind.Identifier) return resolve(node.text ?? "", scope);
  if (node.kind === NodeKind.This) return staticThis(scope);
  if (node.kind !== NodeKind.PropertyAccess || node.expression === undefined) return undefined;
  const name = node.property?.text ?? "";
  for (let owner = elementOf(node.expression, scope); owner; owner = baseOf(owner)) {
    const member = owner.members?.get(name);
    if (member) return member;
  }
  return undefined;
}

/** The class that `this` means in a static method. */
function staticThis({ file, above }: Scope): Element | undefined {
  const depth = above.findIndex(({ kind }) => kind === NodeKind.ClassDeclaration);
  const member = above[depth - 1] as { flags?: number } | undefined;
  if (member === undefined || ((member.flags ?? 0) & CommonFlags.Static) === 0) return undefined;
  const { name } = above[depth] as ClassDeclaration;
  return resolve(name.text, { file, above: above.slice(depth + 1) });
}

/** A static field may be named through a class that extends its own. */
function baseOf(element: Element): Element | undefined {
  const { kind } = element;
  if (kind !== ElementKind.ClassPrototype) return undefined;
  return (element as { basePrototype?: Element | null }).basePrototype ?? undefined;
}

function resolve(name: string, { file, above }: Scope): Element | undefined {
  for (const [depth, node] of above.entries()) {
    if (localsOf(node).includes(name)) return undefined;
    if (node.kind !== NodeKind.NamespaceDeclaration) continue;
    const found = namespaceAt(above.slice(depth), file)?.members?.get(name);
    if (found) return found;
  }
  return file.members?.get(name);
}

/** A namespace by its names from the outermost on; several declarations may belong to one. */
function namespaceAt(above: readonly Node[], file: File): Element | undefined {
  return above
    .filter(({ kind }) => kind === NodeKind.NamespaceDeclaration)
    .reduceRight<Element | undefined>(
      (outer, node) => outer?.members?.get((node as { name?: { text: string } }).name?.text ?? ""),
      file,
    );
}

interface Declaring {
  readonly statements?: readonly Node[];
  readonly declarations?: readonly { readonly name: { readonly text: string } }[];
  readonly initializer?: Node | null;
  readonly variable?: Node | null;
  readonly parameters?: readonly { readonly name?: { readonly text: string } }[];
  readonly signature?: Declaring;
}

/** The names of locals that a block, a loop or a function declares. */
function localsOf(node: Node): readonly string[] {
  const { statements, initializer, variable, signature, kind } = node as Node & Declaring;
  if (kind === NodeKind.FieldDeclaration || kind === NodeKind.NamespaceDeclaration) return [];
  const declaring = [...(Array.isArray(statements) ? statements : []), initializer, variable];
  return [
    ...declaring.flatMap((one) =>
      ((one as Declaring | null)?.declarations ?? []).map(({ name }) => name.text),
    ),
    ...(signature?.parameters ?? []).flatMap(({ name }) => name?.text ?? []),
  ];
}
