/**
 * The parts of a state: objects that exist from the start to the end, each in a field that is never null. The
 * author's top-level code may hold one of them, so a restore keeps them, and fills them.
 */
import { isShared, keyOf } from "./recursion.ts";
import type { RecordShape, Shape } from "./shape.ts";

/** A part of a class marked `@shared`. */
export interface SharedPart {
  /** The path from the root: `game.board`. */
  readonly path: string;
  /** The classes on the way, each with the field that leads on. */
  readonly steps: readonly { readonly of: RecordShape; readonly field: string }[];
  readonly shape: RecordShape;
}

/** Whether a restore can fill an existing object. */
export function isPart({ kind }: Shape): boolean {
  return kind === "record" || kind === "list" || kind === "map" || kind === "set";
}

/** The parts of `@shared` classes, in the order of their fields. */
export function sharedParts(root: RecordShape): readonly SharedPart[] {
  const parts: SharedPart[] = [];
  const visit = (of: RecordShape, steps: SharedPart["steps"], open: readonly string[]): void => {
    for (const { name, shape } of of.fields) {
      if (shape.kind !== "record" || open.includes(keyOf(shape))) continue;
      const further = [...steps, { of, field: name }];
      if (isShared(shape))
        parts.push({ path: further.map(({ field }) => field).join("."), steps: further, shape });
      visit(shape, further, [...open, keyOf(shape)]);
    }
  };
  visit(root, [], [keyOf(root)]);
  return parts;
}
