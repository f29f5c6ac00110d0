/** From a function of the author's to its shape. */
import {
  CommonFlags,
  type FunctionPrototype,
  type NamedTypeNode,
  NodeKind,
  ParameterKind,
  type ParameterNode,
  type TypeNode,
} from "./compiler.ts";
import type { Describer } from "./describe.ts";
import { Refusal } from "./refusal.ts";
import type { FunctionShape, Shape } from "./shape.ts";
import { textOf } from "./text-of.ts";
import { isReference } from "./walk.ts";

/**
 * Describes a function that crosses the border, in either direction.
 *
 * @param name the name under which it crosses, which is not always its own
 * @throws Refusal when the ABI has no way to call it
 */
export function describeFunction(
  prototype: FunctionPrototype,
  {
    name,
    source,
    describe,
  }: { readonly name: string; readonly source: string; readonly describe: Describer },
): FunctionShape {
  const { declaration } = prototype;
  const { signature } = declaration;
  const range = declaration.name.range;
  if (declaration.body === null) throw new Refusal(range, `${name} has no body, so there is nothing to call`);
  if (prototype.is(CommonFlags.Generic)) {
    throw new Refusal(
      range,
      `${name} is generic, and the host cannot pick its types: write one function for each`,
    );
  }
  const params = signature.parameters.map((parameter) => {
    if (parameter.initializer !== null || parameter.parameterKind === ParameterKind.Optional) {
      const given = describe.type(parameter.type, { element: prototype });
      throw new Refusal(
        parameter.range,
        `the host passes every argument, so none has a default or may be left out: write ${optional(parameter, given)}`,
      );
    }
    if (parameter.parameterKind === ParameterKind.Rest) {
      throw new Refusal(parameter.range, "the host passes a fixed number of arguments: write an Array");
    }
    const shape = describe.type(parameter.type, { element: prototype });
    return { name: parameter.name.text, shape };
  });
  const result = isVoid(signature.returnType)
    ? {}
    : { result: describe.type(signature.returnType, { element: prototype }) };
  return { name, source, params, ...result, range };
}

/** The parameter with a type that has a value for none, for messages. */
function optional({ name, type }: ParameterNode, shape: Shape): string {
  if (shape.kind === "option") return `${name.text}: ${textOf(type)}`;
  const text = isReference(shape)
    ? `${textOf(type)} | null`
    : `Option<${textOf(type)}>, which is in "moult/guest"`;
  return `${name.text}: ${text}`;
}

export function isVoid(node: TypeNode): boolean {
  return node.kind === NodeKind.NamedType && (node as NamedTypeNode).name.identifier.text === "void";
}
