/** What is known of an author's program when the initializers of fields are evaluated. */
import {
  type ClassPrototype,
  type DeclaredElement,
  type Element,
  ElementKind,
  type Expression,
  type NamedTypeNode,
  NodeKind,
  type Program,
  ReportMode,
  type TypeNode,
} from "./compiler.ts";
import type { NumberType } from "./constant-number.ts";
import type { InitialScope } from "./initial.ts";
import { Refusal } from "./refusal.ts";
import type { RecordShape, Shape } from "./shape.ts";
import { isStandard } from "./spelling.ts";

const OPTION = "~lib/moult/abi/guest/option/Option";

/** The part that the describer provides. */
export interface Looks {
  type(node: TypeNode, scope: { readonly element: Element }): Shape;
  isPlain(shape: RecordShape): boolean;
}

/** @param prototype the class that declares the fields */
export function beginning(program: Program, looks: Looks, { parent: file }: ClassPrototype): InitialScope {
  const typeOf = (node: TypeNode, element: Element): Shape | undefined => {
    try {
      return looks.type(node, { element });
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  };
  const named = ({ typeName, typeArguments = null, range }: Expression): NamedTypeNode | undefined =>
    typeName && { kind: NodeKind.NamedType, name: typeName, typeArguments, isNullable: false, range };
  return {
    file,
    isPlain: looks.isPlain,
    numbers(node, element) {
      const shape = typeOf(node, element);
      if (shape?.kind !== "primitive" || shape.primitive === "string") return undefined;
      return shape.primitive as NumberType;
    },
    made(expression) {
      const node = named(expression);
      return node && typeOf(node, file);
    },
    infers({ typeName, typeArguments }) {
      if (!typeName || typeArguments) return false;
      const found = program.resolver.resolveTypeName(typeName, null, file, ReportMode.Swallow);
      return found?.kind === ElementKind.ClassPrototype && isStandard(found as DeclaredElement);
    },
    isOption: ({ text = "" }) => file.lookup(text)?.internalName === OPTION,
  };
}
