/** Plain modules, made in this process by the stock compiler, with nothing of this project in them. */
import { loadCompiler } from "../../abi/transform/asc.ts";
import { compiled } from "../kept/compiled.ts";
import { digest } from "../kept/store.ts";

/** @param options of `asc`, beside `--exportRuntime` */
export function build(source: string, ...options: string[]): Promise<Uint8Array> {
  return compiled(digest(source, ...options), () => plain(source, options));
}

async function plain(source: string, options: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { main } = await loadCompiler();
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const { error } = await main(["plain.ts", "--outFile", "plain.wasm", "--exportRuntime", ...options], {
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    readFile: (name) => (name === "plain.ts" ? source : null),
    writeFile: (_, contents) => {
      wasm = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => null,
    reportDiagnostic: ({ message }) => void messages.push(message),
    transforms: [],
  });
  if (error) throw new Error(`${error.message}: ${messages.join("; ")}`);
  return wasm as Uint8Array<ArrayBuffer>;
}
