/** `moult sign`: a module with its author's signature. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type SignatureInfo, signaturesIn, sign as signed } from "../trust/mod.ts";
import { EXIT } from "./failure.ts";
import { givenFile } from "./given/given-file.ts";
import { PRIVATE, privateKey } from "./given/key-file.ts";
import { plain } from "./plain.ts";
import { shiftedMap } from "./signed/shifted-map.ts";
import { written } from "./signed/written.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const sign: Verb = (program, run) => {
  program
    .command("sign")
    .summary("sign a module")
    .description(
      "Signs all of a WebAssembly module, in the format that wasmsign2 writes. The\n" +
        "signature is put into the module, beside those of other keys. A source map\n" +
        "beside it is kept right.",
    )
    .argument("<module>", "a .wasm module")
    .option("--key <file>", `the private key; without it, the text in ${PRIVATE}`)
    .option("--out <file>", "where to write the result; without it, over the module")
    .option("--detached", "write the signature alone, to MODULE.sig, and leave the module as it is")
    .addHelpText(
      "after",
      "\nKeys are Ed25519: PEM (of moult keygen, or openssl genpkey -algorithm ed25519),\n" +
        "the files of wasmsign2, or the 32 bytes in hexadecimal or base64.\n\n" +
        "Exit codes: 0 it was signed; 1 it cannot be; 2 there is no such file, or no key.\n\n" +
        "Examples:\n  moult sign build/visits.wasm --key release.key\n" +
        "  moult sign build/visits.wasm --key release.key --detached\n",
    )
    .action(run(make));
};

interface Options {
  readonly key?: string;
  readonly out?: string;
  readonly detached?: true;
}

async function make(terminal: Terminal, file: string, options: Options): Promise<number> {
  const module = await givenFile(terminal, file, "a module");
  const key = await privateKey(terminal, options.key);
  const { detached = false, out = detached ? `${file}.sig` : file } = options;
  const made = await signed(module, { key, detached });
  const full = resolve(terminal.cwd, out);
  if (!detached) await moveMap(terminal, { file, out, by: made.length - module.length });
  await written(full, out, made);
  const signatures = detached ? undefined : signaturesIn(made);
  tell(terminal, { file, out, detached, signatures });
  return EXIT.ok;
}

interface Moved {
  readonly file: string;
  readonly out: string;
  /** Bytes that were put in front of the code. */
  readonly by: number;
}

/** The map beside a module, for the module that it becomes. */
async function moveMap({ cwd }: Terminal, { file, out, by }: Moved): Promise<void> {
  const map = await readFile(resolve(cwd, `${file}.map`), "utf8").catch(() => undefined);
  const shifted = map === undefined ? undefined : shiftedMap(map, by);
  if (shifted !== undefined) await written(resolve(cwd, `${out}.map`), `${out}.map`, shifted);
}

interface Told {
  readonly file: string;
  readonly out: string;
  readonly detached: boolean;
  readonly signatures: readonly SignatureInfo[] | undefined;
}

function tell(terminal: Terminal, { file, out, detached, signatures }: Told): void {
  if (terminal.json) {
    terminal.printJson({ ok: true, module: file, out, detached, ...(signatures && { signatures }) });
    return;
  }
  const others = (signatures?.length ?? 1) - 1;
  const beside = others > 0 ? `, beside ${others === 1 ? "another signature" : `${others} others`}` : "";
  terminal.print(plain(detached ? `signed ${file}: ${out} is its signature` : `signed ${out}${beside}`));
}
