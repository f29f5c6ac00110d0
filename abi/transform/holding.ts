/** Which part of the state an expression evaluates to, as far as its text shows. */
import { type Expression, type Global, type Node, NodeKind, type Program } from "./compiler.ts";
import { isPart } from "./parts.ts";
import { elementOf, fileOf, namedBy, type Scope, scopeOf } from "./scope.ts";
import type { RecordShape, Shape } from "./shape.ts";
import { TokenKind } from "./token-kind.ts";
import { bare, partsOf } from "./tree.ts";

export type Held =
  /** The state itself, or a part of it, which a restore fills. */
  | {
      readonly kind: "part";
      readonly shape: Shape;
      readonly path: string;
      /** The fields that lead to it from the root. */
      readonly fields: readonly { readonly owner: RecordShape; readonly name: string }[];
    }
  /** An object that a restore replaces. */
  | { readonly kind: "replaced"; readonly path: string; readonly why: string }
  /** A value that was computed from the state when the plugin started. */
  | { readonly kind: "copy"; readonly path: string };

export interface HoldingOptions {
  readonly root: RecordShape;
  /** Whether a variable keeps the value of its initializer. */
  readonly constant: (global: Global) => boolean;
}

/** Finds out what an expression holds of the state. */
export type Holding = (expression: Expression, scope: Scope) => Held | undefined;

const STATE = "~lib/moult/abi/guest/state/state";

export function holding(program: Program, { root, constant }: HoldingOptions): Holding {
  const open = new Set<Global>();

  function heldBy(expression: Expression, scope: Scope): Held | undefined {
    const node = bare(expression);
    switch (node.kind) {
      case NodeKind.Identifier:
        return variable(namedBy(node, scope));
      case NodeKind.Call:
        return called(node, scope);
      case NodeKind.PropertyAccess:
        return variable(namedBy(node, scope)) ?? property(node, scope);
      case NodeKind.ElementAccess: {
        const of = node.expression && heldBy(node.expression, scope);
        return of && (of.kind === "part" ? element(of, of.shape) : of);
      }
      // The code inside does not run here.
      case NodeKind.Function:
        return undefined;
      case NodeKind.New:
        return undefined;
      default:
        return copied(node, scope);
    }
  }

  function variable(global: Global | undefined): Held | undefined {
    const initializer = global?.declaration.initializer;
    if (!global || !initializer || open.has(global)) return undefined;
    const file = fileOf(global.declaration, program);
    if (!file) return undefined;
    open.add(global);
    const held = heldBy(initializer, scopeOf(global, file));
    open.delete(global);
    return held?.kind === "part" && !constant(global) ? undefined : held;
  }

  function called(node: Expression, scope: Scope): Held | undefined {
    const callee = node.expression && bare(node.expression);
    if (callee && elementOf(callee, scope)?.internalName === STATE)
      return { kind: "part", shape: root, path: root.name, fields: [] };
    if (callee?.kind === NodeKind.Identifier) {
      const [first] = node.args ?? [];
      if (first && GIVES_ITS_ARGUMENT.has(callee.text ?? "")) return heldBy(first, scope);
    }
    if (callee?.kind !== NodeKind.PropertyAccess || !callee.expression) return undefined;
    const of = heldBy(callee.expression, scope);
    if (of?.kind !== "part") return of;
    return method(of, of.shape, callee.property?.text ?? "");
  }

  function method(of: Held, shape: Shape, name: string): Held | undefined {
    if (shape.kind === "record") return undefined;
    if (GIVES_ITSELF.has(name)) return of;
    if (GIVES_ELEMENTS.has(name)) return element(of, shape);
    return { kind: "copy", path: of.path };
  }

  function property(node: Expression, scope: Scope): Held | undefined {
    const of = node.expression && heldBy(node.expression, scope);
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

  /**
   * One of two values, chosen by a condition; any other expression makes a value of its own from its parts.
   */
  function copied(node: Expression, scope: Scope): Held | undefined {
    const held = (one: Node) => heldBy(one as Expression, scope) ?? [];
    const ways = choicesOf(node).flatMap(held);
    const whole = ways.find(({ kind }) => kind === "replaced") ?? ways.find(({ kind }) => kind === "part");
    if (whole) return whole;
    const [first] = partsOf(node).flatMap(held);
    return first && { kind: "copy", path: first.path };
  }

  return heldBy;
}

/** The expressions of which one is the value of an expression. */
function choicesOf(node: Expression): readonly Node[] {
  if (node.kind === NodeKind.Ternary) return partsOf(node).slice(1);
  const either = node.operator === TokenKind.BarBar || node.operator === TokenKind.AmpersandAmpersand;
  return node.kind === NodeKind.Binary && either ? partsOf(node) : [];
}

/** Functions of the compiler that return their argument. */
const GIVES_ITS_ARGUMENT: ReadonlySet<string> = new Set(["unchecked", "changetype", "assert"]);
const GIVES_ITSELF: ReadonlySet<string> = new Set(["set", "add", "fill", "reverse", "sort"]);
const GIVES_ELEMENTS: ReadonlySet<string> = new Set(["get", "at", "pop", "shift"]);

function element({ path }: Held, shape: Shape): Held | undefined {
  const inner = heldBy(shape);
  if (!inner || !isObject(inner)) return { kind: "copy", path };
  const of = shape.kind === "map" ? "map" : "list";
  return { kind: "replaced", path: `${path}[]`, why: `it is an element of a ${of}` };
}

/** The shape of a container's elements. */
function heldBy(shape: Shape): Shape | undefined {
  switch (shape.kind) {
    case "typed":
    case "list":
    case "set":
    case "option":
      return shape.element;
    case "map":
      return shape.value;
    case "primitive":
    case "bytes":
    case "record":
    case "result":
    case "enum":
      return undefined;
  }
}

function whyReplaced(shape: Shape): string {
  return shape.kind === "option" ? "it may be null" : "it is of a fixed length";
}

/** Whether a value of the shape is a mutable object. */
function isObject(shape: Shape): boolean {
  if (shape.kind === "option") return shape.nullable && isObject(shape.element);
  return shape.kind !== "primitive" && shape.kind !== "enum";
}
