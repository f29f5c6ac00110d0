/** From the author's types to shapes. */

import { beginning } from "./beginning.ts";
import {
  type ClassPrototype,
  CommonFlags,
  type DeclaredElement,
  type Element,
  ElementKind,
  type EnumDeclaration,
  type NamedTypeNode,
  NodeKind,
  type Program,
  type PropertyPrototype,
  type Range,
  ReportMode,
  type TypeDefinition,
  type TypeNode,
  type TypeParameterNode,
} from "./compiler.ts";
import { constructorOf, mayAssign } from "./constructors.ts";
import { casesOf } from "./enum-cases.ts";
import { checkOldNames, droppedBy, earlier, oldNames } from "./evolution.ts";
import { initialOf } from "./initial.ts";
import { isMarked } from "./mark.ts";
import { nullable, primitive, uncrossable } from "./primitive.ts";
import { Refusal } from "./refusal.ts";
import type { FieldShape, RecordShape, Shape } from "./shape.ts";
import { joined, namesOf } from "./short-name.ts";
import { isStandard, type Spelling } from "./spelling.ts";
import { refusedClass, standardShape } from "./standard.ts";
import { textOf } from "./text-of.ts";

/** The scope of a type node: names are looked up from `element`, type parameters in `arguments`. */
export interface Scope {
  readonly element: Element;
  readonly arguments?: ReadonlyMap<string, Shape>;
}

export interface Describer {
  /**
   * The shape of a type. Equal types have one shape.
   *
   * @throws Refusal at the author's range, when the type has no shape
   */
  type(node: TypeNode, scope: Scope): Shape;
  /** The shape of a class that is not generic. */
  record(prototype: ClassPrototype): RecordShape;
}

/**
 * @param program an initialized program
 * @param use recursive types are trees in a state, and impossible in an interface
 */
export function describer(program: Program, spelling: Spelling, use: "interface" | "state"): Describer {
  const records = new Map<string, RecordShape>();
  const enums = new Map<DeclaredElement, Shape>();
  const open = new Set<string>();
  const prototypes = new Map<string, ClassPrototype>();
  const subclasses = subclassesOf(program);
  const looks = {
    type,
    // The fields of a class that contains itself are not all known yet.
    isPlain: ({ source }: RecordShape) =>
      !open.has(source) && constructorOf(prototypes.get(source)) === undefined,
  };

  function type(node: TypeNode, scope: Scope): Shape {
    if (node.kind === NodeKind.FunctionType) {
      throw new Refusal(
        node.range,
        "a function cannot cross into the host: pass data, and name what to do with it",
      );
    }
    if (node.kind !== NodeKind.NamedType) {
      throw new Refusal(node.range, "this type cannot cross into the host: write a class with named fields");
    }
    const shape = named(node as NamedTypeNode, scope);
    return node.isNullable ? nullable(shape, node.range) : shape;
  }

  function named(node: NamedTypeNode, scope: Scope): Shape {
    const simple = node.name.next === null ? node.name.identifier.text : "";
    const bound = scope.arguments?.get(simple);
    if (bound !== undefined) return bound;
    const found = program.resolver.resolveTypeName(node.name, null, scope.element, ReportMode.Swallow);
    if (found === null) throw new Refusal(node.range, `cannot find the type ${textOf(node)}`);
    const element = (found.shadowType ?? found) as DeclaredElement;
    switch (element.kind) {
      case ElementKind.TypeDefinition:
        return definition(element as TypeDefinition, node, scope);
      case ElementKind.Enum:
        return enumeration(element, node.range);
      case ElementKind.ClassPrototype:
        return instance(element as ClassPrototype, node, scope);
      case ElementKind.InterfacePrototype:
        throw new Refusal(node.range, `${element.name} is an interface, which has no layout: write a class`);
      default:
        throw new Refusal(node.range, `${textOf(node)} is not a type`);
    }
  }

  function definition(element: TypeDefinition, node: NamedTypeNode, scope: Scope): Shape {
    if (element.is(CommonFlags.Resolved)) return primitive(element.type.kind, node);
    if (isBuiltinOperator(element))
      throw new Refusal(node.range, `write the type itself, not ${element.name}<...>`);
    const parameters = element.declaration.typeParameters;
    const inner = { element, arguments: bind(parameters, node, scope, element) };
    try {
      return type(element.declaration.type, inner);
    } catch (error) {
      if (!(error instanceof Refusal) || !isStandard(element)) throw error;
      throw new Refusal(node.range, uncrossable(textOf(node)));
    }
  }

  function instance(prototype: ClassPrototype, node: NamedTypeNode, scope: Scope): Shape {
    const bound = bind(prototype.declaration.typeParameters, node, scope, prototype.parent);
    const standard = standardShape(prototype, [...bound.values()], spelling);
    if (standard !== undefined) return standard;
    if (isStandard(prototype)) throw new Refusal(node.range, refusedClass(prototype, textOf(node)));
    return described(prototype, bound, node.range);
  }

  function bind(
    parameters: readonly TypeParameterNode[] | null,
    node: NamedTypeNode,
    scope: Scope,
    home: Element,
  ): ReadonlyMap<string, Shape> {
    const bound = new Map<string, Shape>();
    const given = node.typeArguments ?? [];
    if (given.length > (parameters?.length ?? 0)) {
      throw new Refusal(node.range, `${textOf(node)} has ${given.length} type arguments, too many`);
    }
    for (const [index, parameter] of (parameters ?? []).entries()) {
      const argument = given[index];
      if (argument !== undefined) bound.set(parameter.name.text, type(argument, scope));
      else if (parameter.defaultType !== null) {
        bound.set(
          parameter.name.text,
          type(parameter.defaultType, { element: home, arguments: new Map(bound) }),
        );
      } else throw new Refusal(node.range, `${textOf(node)} lacks the type argument ${parameter.name.text}`);
    }
    return bound;
  }

  function described(
    prototype: ClassPrototype,
    bound: ReadonlyMap<string, Shape>,
    range: Range,
  ): RecordShape {
    const args = [...bound.values()];
    const source =
      spelling.of(prototype) + (args.length ? `<${args.map((shape) => shape.source).join(",")}>` : "");
    const known = records.get(source);
    if (known !== undefined && open.has(source) && use === "interface") {
      throw new Refusal(
        range,
        `${prototype.name} contains itself: pass a list, and say by index what belongs to what`,
      );
    }
    if (known !== undefined) return known;
    checkClass(prototype, range);
    const fields: FieldShape[] = [];
    const subclass = subclasses.get(prototype);
    const own = [prototype.name, ...(use === "state" ? oldNames(prototype.declaration, "was") : [])];
    const [name, ...aliases] = joined([own, ...args.map(namesOf)]);
    const shape: RecordShape = {
      kind: "record",
      source,
      name: name!,
      fields,
      range: prototype.declaration.name.range,
      ...(use === "state" && isMarked(prototype, "shared") ? { shared: true } : {}),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(use === "state" ? earlier(prototype) : {}),
      ...(subclass === undefined ? {} : { subclass }),
    };
    records.set(source, shape);
    prototypes.set(source, prototype);
    open.add(source);
    try {
      fields.push(...fieldsOf(prototype, bound));
      if (use === "state") checkOldNames(prototype.name, fields, droppedBy(prototype));
    } catch (error) {
      records.delete(source);
      throw error;
    } finally {
      open.delete(source);
    }
    return shape;
  }

  /** @param whole the class of the objects, where that extends the class at hand */
  function fieldsOf(
    prototype: ClassPrototype,
    bound: ReadonlyMap<string, Shape>,
    whole = prototype,
  ): FieldShape[] {
    const fields = inherited(prototype, bound, whole);
    for (const [name, member] of prototype.instanceMembers ?? []) {
      const field =
        member.kind === ElementKind.PropertyPrototype && (member as PropertyPrototype).fieldDeclaration;
      if (!field || fields.some((one) => one.name === name)) continue;
      const range = field.name.range;
      // The parser guarantees a type.
      const shape = type(field.type!, { element: prototype, arguments: bound });
      const known = use === "state" && !mayAssign(whole, name);
      const initial = known ? initialOf(shape, field, beginning(program, looks, prototype)) : undefined;
      const aliases = use === "state" ? oldNames(field, "was") : [];
      fields.push({
        name,
        shape,
        range,
        ...(initial === undefined ? {} : { initial }),
        ...(aliases.length === 0 ? {} : { aliases }),
      });
    }
    return fields;
  }

  function inherited(
    prototype: ClassPrototype,
    bound: ReadonlyMap<string, Shape>,
    whole: ClassPrototype,
  ): FieldShape[] {
    const base = prototype.basePrototype;
    const node = prototype.declaration.extendsType;
    if (base === null || node === null) return [];
    if (isStandard(base)) {
      throw new Refusal(
        node.range,
        `${prototype.name} extends ${base.name}: only classes of your own can cross`,
      );
    }
    const scope = { element: prototype.parent, arguments: bound };
    return fieldsOf(base, bind(base.declaration.typeParameters, node, scope, base.parent), whole);
  }

  function enumeration(element: DeclaredElement, range: Range): Shape {
    const known = enums.get(element);
    if (known !== undefined) return known;
    if (element.parent.kind !== ElementKind.File) throw new Refusal(range, namespaced(element));
    const cases = casesOf(element.declaration as EnumDeclaration);
    const aliases = use === "state" ? oldNames(element.declaration, "was") : [];
    const shape: Shape = {
      kind: "enum",
      source: spelling.of(element),
      name: element.name,
      cases,
      range: element.declaration.name.range,
      ...(aliases.length === 0 ? {} : { aliases }),
    };
    enums.set(element, shape);
    return shape;
  }

  return {
    type,
    record: (prototype) => described(prototype, new Map(), prototype.declaration.name.range),
  };
}

/** For each class that is extended, the name of one extending class. */
function subclassesOf(program: Program): ReadonlyMap<ClassPrototype, string> {
  const names = new Map<ClassPrototype, string>();
  for (const element of program.elementsByDeclaration.values()) {
    const base = element.kind === ElementKind.ClassPrototype && (element as ClassPrototype).basePrototype;
    if (base && !names.has(base)) names.set(base, element.name);
  }
  return names;
}

function checkClass(prototype: ClassPrototype, range: Range): void {
  if (prototype.parent.kind !== ElementKind.File) throw new Refusal(range, namespaced(prototype));
  if (prototype.is(CommonFlags.Abstract)) {
    throw new Refusal(
      range,
      `${prototype.name} is abstract, so no object of it can be made: write the class that you mean`,
    );
  }
  const decorator = prototype.declaration.decorators?.find((one) => one.name.text === "unmanaged");
  if (decorator) throw new Refusal(range, `${prototype.name} is @unmanaged: only managed classes can cross`);
}

function namespaced(element: DeclaredElement): string {
  return `${element.name} is declared inside ${element.parent.name}: move it to the top level of its file`;
}

/** `native<T>` and the like, which the compiler computes. */
function isBuiltinOperator(element: TypeDefinition): boolean {
  return element.declaration.range.source.isNative;
}
