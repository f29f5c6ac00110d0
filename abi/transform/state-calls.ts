/** Calls of the guest library's `state<T>()`, as the compiler has resolved them. */
import { type ClassPrototype, DiagnosticCode, type Program } from "./compiler.ts";
import type { StateShape } from "./shape.ts";

/**
 * The parts of the compiler's `FunctionPrototype` and `Function` that tell with which types a function was
 * called.
 */
interface Called {
  readonly instances: ReadonlyMap<string, { readonly typeArguments: readonly ResolvedType[] | null }> | null;
}
interface ResolvedType {
  readonly classReference: { readonly prototype: ClassPrototype } | null;
}

const STATE = "~lib/moult/abi/guest/state";

/**
 * Reports every class that `state<T>()` is called with and that is not the `@state` class: what it holds
 * would be lost at a swap.
 *
 * @param program one that is compiled
 */
export function checkStateCalls(program: Program, state: StateShape | undefined): void {
  const called = program.filesByName.get(STATE)?.members?.get("state") as Called | undefined;
  for (const { typeArguments } of called?.instances?.values() ?? []) {
    const prototype = typeArguments?.[0]?.classReference?.prototype;
    if (prototype === undefined) continue;
    const { name } = prototype.declaration;
    if (name.range === state?.root.range) continue;
    const instead =
      state === undefined ? `mark ${name.text} with @state` : `that is ${state.root.name}, so keep it there`;
    const message = `state<${name.text}>() is called, and ${name.text} is not the @state class: ${instead}`;
    program.error(DiagnosticCode.Transform_0_1, name.range, "moult", message);
  }
}
