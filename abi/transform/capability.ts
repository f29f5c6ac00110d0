/** Capability classes: functions of the host, declared as static methods without a body of their own. */
import {
  type ClassDeclaration,
  type ClassPrototype,
  CommonFlags,
  ElementKind,
  type FunctionDeclaration,
  type FunctionPrototype,
  LiteralKind,
  NodeKind,
  type Program,
  type Source,
} from "./compiler.ts";
import type { Describer } from "./describe.ts";
import { isInterface } from "./interface.ts";
import { checkNames } from "./names.ts";
import { Refusal } from "./refusal.ts";
import type { FunctionShape } from "./shape.ts";
import { describeFunction } from "./signature.ts";

export interface Capability {
  /** `acme:metrics/counter@1.0.0` */
  readonly interface: string;
  readonly functions: readonly CapabilityFunction[];
}
export interface CapabilityFunction {
  readonly shape: FunctionShape;
  readonly declaration: FunctionDeclaration;
  readonly source: Source;
}

/** Every class of the program with the decorator `@capability("...")`. */
export function capabilityClasses(program: Program): ClassPrototype[] {
  return program.sources
    .flatMap((source) => source.statements)
    .filter((statement) => statement.kind === NodeKind.ClassDeclaration)
    .filter((statement) => interfaceOf(statement as ClassDeclaration) !== undefined)
    .map((statement) => program.elementsByDeclaration.get(statement as ClassDeclaration) as ClassPrototype);
}

/**
 * @param nextName makes a new name for each function, by which its shim is called
 * @throws Refusal when a method cannot be a function of a host
 */
export function describeCapability(
  prototype: ClassPrototype,
  { describe, nextName }: { readonly describe: Describer; readonly nextName: () => string },
): Capability {
  const name = interfaceOf(prototype.declaration) ?? "";
  const range = prototype.declaration.name.range;
  if (!isInterface(name)) {
    throw new Refusal(
      range,
      `"${name}" is no interface: write a name with its version, like "acme:metrics/counter@1.0.0"`,
    );
  }
  for (const [member, { declaration }] of prototype.instanceMembers ?? []) {
    throw new Refusal(
      declaration.name.range,
      `${prototype.name}.${member} is not static: a capability has no instances`,
    );
  }
  const functions: CapabilityFunction[] = [];
  for (const [member, element] of prototype.members ?? []) {
    if (element.kind !== ElementKind.FunctionPrototype || element.is(CommonFlags.Get)) {
      throw new Refusal(element.declaration.name.range, `${prototype.name}.${member} is no method`);
    }
    const method = element as FunctionPrototype;
    const shape = describeFunction(method, { name: member, source: nextName(), describe });
    functions.push({ shape, declaration: method.declaration, source: method.declaration.range.source });
  }
  checkNames(functions.map((one) => one.shape));
  return { interface: name, functions };
}

function interfaceOf(declaration: ClassDeclaration): string | undefined {
  const decorator = declaration.decorators?.find((one) => one.name.text === "capability");
  if (decorator === undefined) return undefined;
  const [argument] = decorator.args ?? [];
  return argument?.literalKind === LiteralKind.String ? String(argument.value) : "";
}
