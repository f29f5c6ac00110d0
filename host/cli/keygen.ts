/** `moult keygen`: a pair of keys to sign modules with. */
import { chmod, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { keyIdOf, newKeys } from "../trust/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const keygen: Verb = (program, run) => {
  program
    .command("keygen")
    .summary("make a pair of keys to sign modules with")
    .description(
      "Makes an Ed25519 key pair, as PEM: FILE, which signs, and which only you may read;\n" +
        "and FILE.pub, which verifies. A file that is there is not written over.",
    )
    .argument("<file>", "the private key's file")
    .addHelpText(
      "after",
      "\nExit codes: 0 they were made; 2 one of the files is there already, or cannot be written.\n\n" +
        "Examples:\n  moult keygen release.key\n  moult sign build/visits.wasm --key release.key\n",
    )
    .action(run(make));
};

async function make(terminal: Terminal, file: string): Promise<number> {
  const { privateKey, publicKey } = await newKeys();
  const shown = `${file}.pub`;
  await fresh(terminal, file, privateKey, 0o600);
  try {
    await fresh(terminal, shown, publicKey, 0o644);
  } catch (error) {
    await rm(resolve(terminal.cwd, file), { force: true });
    throw error;
  }
  const keyId = await keyIdOf(publicKey);
  if (terminal.json) {
    terminal.printJson({ ok: true, keyId, privateKey: file, publicKey: shown, pem: publicKey });
    return EXIT.ok;
  }
  terminal.print(`key ${keyId}`);
  terminal.print(`  ${plain(file)} signs: keep it to yourself, and out of the repository`);
  terminal.print(`  ${plain(shown)} verifies: give it to those who load what you sign`);
  return EXIT.ok;
}

async function fresh(terminal: Terminal, file: string, text: string, mode: number): Promise<void> {
  const full = resolve(terminal.cwd, file);
  try {
    await writeFile(full, text, { flag: "wx", mode, flush: true });
    // The mode of a new file is cut by the process's mask, and some file systems know none.
    await chmod(full, mode);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "it is there already; nothing was changed" : message;
    throw new Failure(`could not write ${file}: ${why}`, { exit: EXIT.usage, cause });
  }
}
