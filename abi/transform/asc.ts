/**
 * AssemblyScript's command line as a function, loaded at its first use: it is large, and an optional peer.
 */
import type { ReadFile } from "./identity.ts";

export interface Asc {
  main(
    args: readonly string[],
    io: {
      readonly stdout: { write(chunk: string | Uint8Array): void };
      readonly stderr: { write(chunk: string | Uint8Array): void };
      readonly readFile: ReadFile;
      readonly writeFile: (name: string, contents: string | Uint8Array) => void;
      readonly listFiles: () => null;
      readonly reportDiagnostic: (diagnostic: AscDiagnostic) => void;
      readonly transforms: readonly unknown[];
    },
  ): Promise<{ readonly error: Error | null }>;
}

export interface AscDiagnostic {
  readonly code: number;
  readonly category: number;
  readonly message: string;
  readonly range: {
    readonly start: number;
    readonly end: number;
    readonly source: { readonly normalizedPath: string };
  } | null;
}

/** @throws Error that says what to install */
export async function loadCompiler(): Promise<Asc> {
  // Not a literal, because the compiler's own declarations would be type-checked too, and have errors.
  const compiler: string = "assemblyscript/asc";
  try {
    return (await import(compiler)) as Asc;
  } catch (cause) {
    throw new Error(
      'the AssemblyScript compiler is not installed: run "npm install --save-dev assemblyscript"',
      { cause },
    );
  }
}
