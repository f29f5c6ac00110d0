/** What of the state an expression gives, as far as its text tells. */
import { type Expression, type File, type Global, NodeKind, type Program } from "./compiler.ts";
import { isPart } from "./parts.ts";
import type { RecordShape, Shape } from "./shape.ts";
import { bare, partsOf } from "./tree.ts";
import { namedBy } from "./variables.ts";

export type Held =
  /** The state itself, or a part of it, which a restore fills. */
  | {
      readonly kind: "part";
      readonly shape: Shape;
      readonly path: string;
      /** The fields that lead to it from the root. */
      readonly fields: readonly { readonly owner: RecordShape; readonly name: string }[];
    }
  /** An object that a restore puts another in the place of. */
  | { readonly kind: "replaced"; readonly path: string; readonly why: string }
  /** A value that was made of what the state held when the plugin started. */
  | { readonly kind: "copy"; readonly path: string };

export interface HoldingOptions {
  readonly root: RecordShape;
  /** Whether a variable keeps what its initializer gave it. */
  readonly constant: (global: Global) => boolean;
}

/** Tells what expressions at the top of a file give. */
export type Holding = (expression: Expression, file: File) => Held | undefined;

const STATE = "~lib/moult/abi/guest/state/state";

export function holding(program: Program, { root, constant }: HoldingOptions): Holding {
  const open = new Set<Global>();

  function heldBy(expression: Expression, file: File): Held | undefined {
    const node = bare(expression);
    switch (node.kind) {
      case NodeKind.Identifier:
        return variable(namedBy(node, file), program);
      case NodeKind.Call:
        return called(node, file);
      case NodeKind.PropertyAccess:
        return variable(namedBy(node, file), program) ?? property(node, file);
      case NodeKind.ElementAccess: {
        const of = node.expression && heldBy(node.expression, file);
        return of && (of.kind === "part" ? element(of, of.shape) : of);
      }
      // Nothing of them runs here.
      case NodeKind.Function:
        return undefined;
      case NodeKind.New:
        return undefined;
      default:
        return copied(node, file);
    }
  }

  function variable(global: Global | undefined, { filesByName }: Program): Held | undefined {
    const initializer = global?.declaration.initializer;
    if (!global || !initializer || open.has(global)) return undefined;
    const file = filesByName.get(global.declaration.range.source.internalPath);
    if (!file) return undefined;
    open.add(global);
    const held = heldBy(initializer, file);
    open.delete(global);
    return held?.kind === "part" && !constant(global) ? undefined : held;
  }

  function called(node: Expression, file: File): Held | undefined {
    const callee = node.expression && bare(node.expression);
    if (callee?.kind === NodeKind.Identifier) {
      const element = file.members?.get(callee.text ?? "");
      if (element?.internalName === STATE) return { kind: "part", shape: root, path: root.name, fields: [] };
    }
    if (callee?.kind !== NodeKind.PropertyAccess || !callee.expression) return undefined;
    const of = heldBy(callee.expression, file);
    if (of?.kind !== "part") return of;
    return method(of, of.shape, callee.property?.text ?? "");
  }

  function method(of: Held, shape: Shape, name: string): Held | undefined {
    if (shape.kind === "record") return undefined;
    if (GIVES_ITSELF.has(name)) return of;
    if (GIVES_ELEMENTS.has(name)) return element(of, shape);
    return { kind: "copy", path: of.path };
  }

  function property(node: Expression, file: File): Held | undefined {
    const of = node.expression && heldBy(node.expression, file);
    if (of?.kind !== "part") return of;
    if (of.shape.kind !== "record") return { kind: "copy", path: of.path };
    const owner = of.shape;
    const field = owner.fields.find(({ name }) => name === node.property?.text);
    if (!field) return undefined;
    const { name, shape } = field;
    const path = `${of.path}.${name}`;
    if (isPart(shape)) return { kind: "part", shape, path, fields: [...of.fields, { owner, name }] };
    return isObject(shape) ? { kind: "replaced", path, why: whyReplaced(shape) } : { kind: "copy", path };
  }

  /** Everything else that something of the state goes into is a value of its own. */
  function copied(node: Expression, file: File): Held | undefined {
    for (const part of partsOf(node)) {
      const held = heldBy(part as Expression, file);
      if (held)
        return node.kind === NodeKind.Ternary && held.kind !== "copy"
          ? held
          : { kind: "copy", path: held.path };
    }
    return undefined;
  }

  return heldBy;
}

const GIVES_ITSELF: ReadonlySet<string> = new Set(["set", "add", "fill", "reverse", "sort"]);
const GIVES_ELEMENTS: ReadonlySet<string> = new Set(["get", "at", "pop", "shift"]);

function element({ path }: Held, shape: Shape): Held | undefined {
  const inner = shape.kind === "map" ? shape.value : "element" in shape ? shape.element : undefined;
  if (!inner || !isObject(inner)) return { kind: "copy", path };
  const of = shape.kind === "map" ? "map" : "list";
  return { kind: "replaced", path: `${path}[]`, why: `it is an element of a ${of}` };
}

function whyReplaced(shape: Shape): string {
  return shape.kind === "option" ? "it may be null" : "it is of a fixed length";
}

/** Whether a value of the shape is an object that can change. */
function isObject(shape: Shape): boolean {
  if (shape.kind === "option") return shape.nullable && isObject(shape.element);
  return shape.kind !== "primitive" && shape.kind !== "enum";
}
