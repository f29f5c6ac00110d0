/** Exported functions outside of the interface, which the host calls at turns of the plugin's life. */
import type { FunctionPrototype, NamedTypeNode, Program, TypeNode } from "./compiler.ts";
import { NodeKind, ReportMode } from "./compiler.ts";
import { Refusal } from "./refusal.ts";
import { textOf } from "./text-of.ts";

export type HookName = "start" | "stop" | "onRestore" | "checkState" | "save" | "restore";

/** The author's functions, by hook name. */
export type Hooks = Partial<Record<HookName, FunctionPrototype>>;

const SIGNATURES: Readonly<
  Record<HookName, { readonly params: readonly string[]; readonly result: string }>
> = {
  start: { params: [], result: "void" },
  stop: { params: [], result: "void" },
  onRestore: { params: [], result: "void" },
  checkState: { params: [], result: "string | null" },
  save: { params: ["Sink"], result: "bool" },
  restore: { params: ["Source"], result: "void" },
};

/**
 * The hook that an exported function is. `save` and `restore` are hooks only if they take the guest library's
 * `Sink` or `Source`; the others by their names.
 *
 * @throws Refusal when it has a hook's name and another signature
 */
export function hookOf(name: string, prototype: FunctionPrototype, program: Program): HookName | undefined {
  if (!Object.hasOwn(SIGNATURES, name)) return undefined;
  const hook = name as HookName;
  const { params, result } = SIGNATURES[hook];
  const { signature, name: identifier } = prototype.declaration;
  if (params.length > 0 && !signature.parameters.some((one) => isGuestStream(one.type, prototype, program))) {
    return undefined;
  }
  const found = signature.parameters.map((one) => textOf(one.type));
  const wanted = `${name}(${params.map((type) => `${type.toLowerCase()}: ${type}`).join("")}): ${result}`;
  const same =
    found.join() === params.join() && spaceless(signature.returnType) === result.replaceAll(" ", "");
  if (same) return hook;
  throw new Refusal(
    identifier.range,
    `${name} is called by the host at a turn of the plugin's life: write ${wanted}`,
  );
}

function isGuestStream(node: TypeNode, scope: FunctionPrototype, program: Program): boolean {
  if (node.kind !== NodeKind.NamedType) return false;
  const element = program.resolver.resolveTypeName(
    (node as NamedTypeNode).name,
    null,
    scope,
    ReportMode.Swallow,
  );
  return /^~lib\/moult\/abi\/guest\/(sink\/Sink|source\/Source)$/.test(element?.internalName ?? "");
}

function spaceless(node: TypeNode): string {
  return textOf(node).replaceAll(/\s/g, "");
}
