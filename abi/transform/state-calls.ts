/** Calls of the guest library's `state<T>()`, as the compiler has resolved them. */
import { type ClassPrototype, DiagnosticCode, type Program } from "./compiler.ts";
import type { StateShape } from "./shape.ts";

/**
 * The parts of the compiler's `FunctionPrototype` and `Function` that show the type arguments of its calls.
 */
interface Called {
  readonly instances: ReadonlyMap<string, { readonly typeArguments: readonly ResolvedType[] | null }> | null;
}
interface ResolvedType {
  readonly classReference: { readonly prototype: ClassPrototype } | null;
}

const STATE = "~lib/moult/abi/guest/state";

/**
 * Reports every class other than the `@state` class that `state<T>()` is called with: its content would be
 * lost in a swap.
 *
 * @param program a compiled program
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
