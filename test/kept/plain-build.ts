/** The compiler over texts that are in memory, with nothing of a transform: for guests whose sources a test writes. */
import { readFileSync } from "node:fs";
import { loadCompiler } from "../../abi/transform/asc.ts";

export interface PlainBuild {
  /** By name; one that begins with `guest/` and is not among them is of the guest library. */
  readonly files: Readonly<Record<string, string>>;
  /** As on the command line, the entry first. */
  readonly asc: readonly string[];
}

const GUEST = new URL("../../abi/guest/", import.meta.url);

export interface PlainBuilt {
  /** Nothing of a program with errors. */
  readonly wasm: Uint8Array<ArrayBuffer> | undefined;
  /** All that the compiler says, warnings too; an error first. */
  readonly messages: readonly string[];
}

export async function plainBuild({ files, asc }: PlainBuild): Promise<PlainBuilt> {
  const { main } = await loadCompiler();
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const { error } = await main([...asc, "--outFile", "out.wasm"], {
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    readFile: (name) => textOf(name.replaceAll("\\", "/"), files),
    writeFile: (_, contents) => {
      wasm = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => null,
    reportDiagnostic: ({ message }) => void messages.push(message),
    transforms: [],
  });
  if (error) return { wasm: undefined, messages: [error.message, ...messages] };
  return { wasm, messages };
}

function textOf(name: string, files: PlainBuild["files"]): string | null {
  const own = files[name];
  if (own !== undefined || !name.startsWith("guest/")) return own ?? null;
  try {
    return readFileSync(new URL(name.slice("guest/".length), GUEST), "utf8");
  } catch {
    return null;
  }
}
