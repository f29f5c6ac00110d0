/** `moult push`: puts a module into a registry. */
import { push as pushed } from "../oci/mod.ts";
import { EXIT } from "./failure.ts";
import { several } from "./given/key-file.ts";
import { refused } from "./given/refused.ts";
import { type RegistryFlags, registryOf, registryOptions, SIGNING_IN } from "./given/registry.ts";
import { signedFile } from "./given/signed-file.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends RegistryFlags {
  readonly signature?: readonly string[];
  readonly replace?: true;
}

const HELP = `
A signature beside it, MODULE.sig, travels along, as those in it do. Without a tag, its version becomes one.
A tag that is a version stays the module that it is; others, such as latest, move.
${SIGNING_IN}
Exit codes: 0 it is there; 1 it is not; 2 used wrongly.

Examples:
  moult push build/visits.wasm oci://ghcr.io/acme/visits
  moult push build/visits.wasm oci://localhost:5000/visits:latest
  moult push build/visits.wasm oci:registry/visits
  moult push oci://localhost:5000/visits:1.0.0 oci://ghcr.io/acme/visits
`;

export const push: Verb = (program, run) => {
  registryOptions(program.command("push"))
    .summary("put a module into a registry")
    .description(
      "Pushes a WebAssembly module into an OCI registry, or into a folder of the same layout.\n" +
        "Nothing of it is run.",
    )
    .argument("<module>", "a .wasm module, or one in another registry")
    .argument("<reference>", "oci://HOST/REPOSITORY[:TAG], or oci:FOLDER[:TAG]")
    .option("--signature <file>", "a signature of its own; more than once for more", several)
    .option("--replace", "let a version stand for another module than before")
    .addHelpText("after", HELP)
    .action(run(make));
};

async function make(terminal: Terminal, file: string, reference: string, options: Options): Promise<number> {
  const { replace = false, signature: named } = options;
  const { bytes, signature: signatures } = await signedFile(terminal, file, named);
  terminal.say(`pushing ${bytes.length} bytes to ${plain(reference)}`);
  const done = await pushed(reference, bytes, {
    ...registryOf(terminal, options),
    signatures,
    replace,
    signal: terminal.signal,
  }).catch((cause) => Promise.reject(refused(cause)));
  if (terminal.json) {
    const { facts, ...rest } = done;
    terminal.printJson({ ok: true, module: file, ...rest, ...facts });
    return EXIT.ok;
  }
  if (done.unchanged) terminal.say("it was there before");
  terminal.print(plain(done.reference));
  return EXIT.ok;
}
