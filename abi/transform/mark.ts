/** Marks: decorators of the guest library that only the transform reads. */
import type { DeclaredElement } from "./compiler.ts";

/** Whether a class, field or variable has a mark: `@shared`. */
export function isMarked({ declaration }: Pick<DeclaredElement, "declaration">, mark: string): boolean {
  return (declaration.decorators ?? []).some(({ name }) => name.text === mark);
}
