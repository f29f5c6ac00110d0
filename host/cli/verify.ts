/** `moult verify`: whether a module is signed by those it should be, and is the one in the lock file. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { lockFile } from "../node/mod.ts";
import { identityOf, type Lock, lockedIn, type ModuleSigner, verify as verified } from "../trust/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { PUBLIC, publicKeys, several } from "./given/key-file.ts";
import { type SignedFile, signedFile } from "./given/signed-file.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

export const verify: Verb = (program, run) => {
  program
    .command("verify")
    .summary("tell whether a module is signed by your keys, or is in a lock file")
    .description(
      "Checks the signatures of a WebAssembly module, as load does. Nothing of it is\ncompiled or run.",
    )
    .argument("<module>", "a .wasm module, or oci://...")
    .option(
      "--key <file>",
      `a public key that is trusted; more than once for more; else that in ${PUBLIC}`,
      several,
    )
    .option("--require <number>", "how many of the keys have to have signed it, or all", required)
    .option(
      "--signature <file>",
      "a signature of its own; without it, MODULE.sig where there is one",
      several,
    )
    .option("--lock <file>", "the lock file that it has to be in, with the signers there")
    .addHelpText(
      "after",
      "\nExit codes: 0 it is what it should be; 1 it is not; 2 there is no such file, or no key.\n\n" +
        "Examples:\n  moult verify visits.wasm --key release.key.pub\n" +
        "  moult verify visits.wasm --key old.pub --key new.pub --require all\n" +
        "  moult verify visits.wasm --lock moult.lock\n",
    )
    .action(run(check));
};

interface Options {
  readonly key?: readonly string[];
  readonly require?: number | "all";
  readonly signature?: readonly string[];
  readonly lock?: string;
}

function required(text: string): number | "all" {
  if (text === "all" || /^[1-9]\d?$/.test(text)) return text === "all" ? text : Number(text);
  throw new InvalidArgumentError("wanted a number of keys from 1 up, or all");
}

async function check(terminal: Terminal, file: string, options: Options): Promise<number> {
  const lock = options.lock === undefined ? undefined : await lockFile(resolve(terminal.cwd, options.lock));
  const module = await signedFile(terminal, file, options.signature, lock && { lock });
  const keys = await publicKeys(terminal, options.key ?? []);
  if (keys.length === 0 && options.lock === undefined) {
    throw new Failure(`could not verify ${file}: say --key FILE, or --lock FILE, or set ${PUBLIC}`, {
      exit: EXIT.usage,
    });
  }
  const { require = 1 } = options;
  const locked = lock ? await inLock(module, lock) : [];
  const { bytes, signature } = module;
  const own = keys.length === 0 ? [] : await verified(bytes, { keys, require, signature, from: file });
  const signers = [...new Map([...own, ...locked].map((each) => [each.keyId, each])).values()];
  tell(terminal, { file, lock: options.lock, signers });
  return EXIT.ok;
}

/** @returns the signers that the lock asks for @throws PluginError `lock-differs`, `untrusted` */
async function inLock({ file, bytes, signature }: SignedFile, lock: Lock): Promise<readonly ModuleSigner[]> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { signers } = lockedIn(lock, { from: file, sha256, identity: identityOf(bytes, file) });
  if (signers.length === 0) return [];
  return verified(bytes, { keys: signers, require: "all", signature, from: file });
}

interface Told {
  readonly file: string;
  readonly lock: string | undefined;
  readonly signers: readonly ModuleSigner[];
}

function tell(terminal: Terminal, { file, lock, signers }: Told): void {
  if (terminal.json) {
    terminal.printJson({ ok: true, module: file, signers, ...(lock !== undefined && { lock }) });
    return;
  }
  const by = signers.length > 0 ? `is signed by ${signers.map(({ keyId }) => keyId).join(", ")}` : "";
  const within = lock === undefined ? "" : `is what ${lock} says`;
  terminal.print(plain(`${file} ${[by, within].filter(Boolean).join(", and ")}`));
}
