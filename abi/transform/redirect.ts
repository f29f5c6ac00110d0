/** Redirects a capability's methods to the shims that call the host. */
import type { Capability } from "./capability.ts";
import type { FunctionDeclaration, Program, Source } from "./compiler.ts";
import { addImport, addStatements } from "./spelling.ts";

/** Replaces the methods' bodies. The new bodies stand at the old ones' lines. */
export function redirect(program: Program, { functions }: Capability, shims: string): void {
  for (const { shape, declaration, source } of functions) {
    const name = `__${shape.source}`;
    addImport(program, source, { from: shims, name: shape.source, as: name });
    const args = shape.params.map((param) => param.name).join(", ");
    const call = `${name}(${args});`;
    const line = "\n".repeat(source.lineAt((declaration.body ?? declaration).range.start) - 1);
    declaration.body = bodyOf(
      program,
      source,
      `${line}function ${name}body(): void { ${shape.result ? "return " : ""}${call} }`,
    );
  }
}

function bodyOf(program: Program, source: Source, text: string) {
  const before = source.statements.length;
  const [statement] = addStatements(program, source, text);
  source.statements.length = before;
  return (statement as FunctionDeclaration).body;
}
