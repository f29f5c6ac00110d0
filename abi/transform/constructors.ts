/** What constructors of an author's classes do to fields before other code gets the object. */
import type { ClassPrototype, FunctionDeclaration, PropertyPrototype } from "./compiler.ts";

/** The constructor of a class: its own, or that of the nearest class that it extends. */
export function constructorOf(prototype: ClassPrototype | undefined): FunctionDeclaration | undefined {
  for (let one: ClassPrototype | null | undefined = prototype; one; one = one.basePrototype) {
    if (one.constructorPrototype !== null) return one.constructorPrototype.declaration;
  }
  return undefined;
}

/**
 * Whether a constructor may give a field another value than its initializer: it assigns to it, or passes
 * `this` on.
 */
export function mayAssign(prototype: ClassPrototype, field: string): boolean {
  for (let one: ClassPrototype | null = prototype; one; one = one.basePrototype) {
    const made = one.constructorPrototype?.declaration;
    if (made !== undefined && assigns(made, one, field)) return true;
  }
  return false;
}

function assigns({ range }: FunctionDeclaration, made: ClassPrototype, field: string): boolean {
  const text = range.source.text.slice(range.start, range.end);
  for (const [, name, called] of text.matchAll(/\bthis\b(?:\s*\.\s*([\w$]+)(\s*[(<])?)?/g)) {
    if (name === undefined || called !== undefined || name === field) return true;
    // A setter may do anything.
    if (!isField(made, name)) return true;
  }
  return false;
}

function isField(made: ClassPrototype, name: string): boolean {
  for (let one: ClassPrototype | null = made; one; one = one.basePrototype) {
    const member = one.instanceMembers?.get(name);
    if (member !== undefined) return (member as PropertyPrototype).fieldDeclaration != null;
  }
  return false;
}
