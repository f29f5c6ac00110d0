/** What tests order of the one compiler of their run, and what it tells them: JSON, one a line. */
import type { Build, BuildDiagnostic, BuildOptions } from "../../abi/transform/mod.ts";
import type { PlainBuild } from "./plain-build.ts";

export interface Order {
  readonly id: number;
  /** The digest of what has to compile it: sources may have changed since a compiler was loaded. */
  readonly tools: string;
  readonly wanted:
    | { readonly entry: string; readonly options: Omit<BuildOptions, "library"> }
    | { readonly plain: PlainBuild };
}

/** Bytes are in Base64. A program with errors makes nothing. */
export interface Told {
  readonly made?: Pick<Build, "manifest" | "sourceMap"> & { readonly wasm: string };
  readonly diagnostics: readonly BuildDiagnostic[];
  readonly files: readonly string[];
}

export interface PlainTold {
  readonly wasm: string | undefined;
  readonly messages: readonly string[];
}

export interface Said {
  readonly id: number;
  /** Nothing when the compiler crashed: whoever ordered does it alone, and sees how. */
  readonly told: Told | PlainTold | null;
}

/** @returns what pieces of text are given to, in their order */
export function splitter(take: (value: unknown) => void): (text: string) => void {
  let pieces: string[] = [];
  return (text) => {
    const lines = text.split("\n");
    for (const line of lines.slice(0, -1)) {
      const whole = [...pieces, line].join("");
      pieces = [];
      take(JSON.parse(whole));
    }
    pieces.push(lines.at(-1) as string);
  };
}
