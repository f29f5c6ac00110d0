/** `moult pull`: brings a module from a registry into a file. */
import { resolve } from "node:path";
import { lockFile } from "../node/mod.ts";
import { identityOf, lockedIn, type ModuleSigner, verify } from "../trust/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { publicKeys, several } from "./given/key-file.ts";
import { pulled, type RegistryFlags, registryOptions, SIGNING_IN } from "./given/registry.ts";
import { plain } from "./plain.ts";
import { written } from "./signed/written.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends RegistryFlags {
  readonly out?: string;
  readonly key?: readonly string[];
  readonly lock?: string;
  readonly offline?: true;
}

const HELP = `
Every byte is checked by its digest. What was pulled before is taken from a cache (MOULT_CACHE, else where the system
keeps such); where a registry does not answer, it also says what a tag stood for, with a warning. Signatures that lie
beside the module in the registry are written to FILE.sig.
${SIGNING_IN}
Exit codes: 0 it is written; 1 it is not; 2 used wrongly.

Examples:
  moult pull oci://ghcr.io/acme/visits:1.0.0 --key release.key.pub
  moult pull oci://ghcr.io/acme/visits:stable --lock moult.lock --out plugins/visits.wasm
  moult pull oci:registry/visits:1.0.0
`;

export const pull: Verb = (program, run) => {
  registryOptions(program.command("pull"))
    .summary("bring a module from a registry into a file")
    .description("Pulls a WebAssembly module from an OCI registry, or a folder of the same layout.")
    .argument("<reference>", "oci://HOST/REPOSITORY:TAG, one with @sha256:DIGEST, or oci:FOLDER:TAG")
    .option(
      "--out <file>",
      "where to write it; without it, NAME.wasm here, by the end of the repository's name",
    )
    .option(
      "--key <file>",
      "a public key, one of which has to have signed it; more than once for more",
      several,
    )
    .option("--lock <file>", "the lock file that it has to be in, which says what a tag stands for")
    .option("--offline", "take all from the cache, as MOULT_OFFLINE=1 does for every verb")
    .addHelpText("after", HELP)
    .action(run(make));
};

async function make(terminal: Terminal, reference: string, options: Options): Promise<number> {
  const { key = [], lock: path, offline, tokenHost, plainHttp } = options;
  const lock = path === undefined ? undefined : await lockFile(resolve(terminal.cwd, path));
  const keys = key.length > 0 ? await publicKeys(terminal, key) : [];
  const module = await pulled(terminal, reference, {
    ...(tokenHost && { tokenHost }),
    ...(plainHttp && { plainHttp }),
    ...(offline && { offline }),
    ...(lock && { lock }),
  });
  const { bytes, signatures, sha256 } = module;
  const from = module.reference;
  const all = { signature: signatures, from };
  const wanted = lock ? lockedIn(lock, { from, sha256, identity: identityOf(bytes, from) }).signers : [];
  // Checked before anything of it is written.
  const signers: readonly ModuleSigner[] = [
    ...(keys.length > 0 ? await verify(bytes, { keys, ...all }) : []),
    ...(wanted.length > 0 ? await verify(bytes, { keys: wanted, require: "all", ...all }) : []),
  ];
  const out = options.out ?? `${nameIn(from)}.wasm`;
  const full = resolve(terminal.cwd, out);
  const beside = signatures.map((each, i) => ({ each, name: `${out}${i === 0 ? "" : `.${i + 1}`}.sig` }));
  await written(full, out, bytes);
  for (const { each, name } of beside) await written(resolve(terminal.cwd, name), name, each);
  tell(terminal, { ...module, out, beside: beside.map(({ name }) => name), signers });
  return EXIT.ok;
}

/** `visits` of `oci://ghcr.io/acme/visits:1.0.0@sha256:…`. @throws Failure for a folder without a name */
function nameIn(reference: string): string {
  const name = /([a-z0-9][a-z0-9._-]*)(?::[^:/@]*)?(?:@.*)?$/i.exec(reference)?.[1];
  if (name !== undefined) return name;
  throw new Failure(`could not write ${reference}: say --out FILE`, { exit: EXIT.usage });
}

interface Told {
  readonly reference: string;
  readonly digest: string;
  readonly sha256: string;
  readonly out: string;
  readonly beside: readonly string[];
  readonly signers: readonly ModuleSigner[];
  readonly stale?: unknown;
}

function tell(terminal: Terminal, { reference, digest, sha256, out, beside, signers, stale }: Told): void {
  if (terminal.json) {
    terminal.printJson({
      ok: true,
      reference,
      digest,
      sha256,
      out,
      signatures: beside,
      signers,
      stale: stale !== undefined,
    });
    return;
  }
  const by =
    signers.length > 0 ? `, signed by ${[...new Set(signers.map(({ keyId }) => keyId))].join(", ")}` : "";
  terminal.print(plain(`${out} is ${reference}${by}`));
}
