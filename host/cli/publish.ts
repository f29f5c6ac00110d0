/** `moult publish`: writes a version into a fabric, once. */
import { publish as write } from "../release/mod.ts";
import { EXIT } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { givenFile } from "./given/given-file.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
A version is written once: the same bytes may be published again, others are refused. Nothing calls it yet: that takes
"moult rollout".

Exit codes: 0 it is there; 1 it was refused, or the fabric is away; 2 used wrongly.

Examples:
  moult publish build/visits.wasm --to nats://127.0.0.1:4222
  moult publish build/visits.wasm --to releases/
`;

export const publish: Verb = (program, run) => {
  fabricOptions(program.command("publish"))
    .summary("write a version where nodes find it")
    .description("Checks a module, and writes its bytes and what it is into a fabric.")
    .argument("<file>", "a .wasm module")
    .option("--to <url>", "the fabric, as --fabric says it")
    .addHelpText("after", HELP)
    .action(run(send));
};

async function send(
  terminal: Terminal,
  file: string,
  options: FabricOptions & { readonly to?: string },
): Promise<number> {
  const bytes = await givenFile(terminal, file, "a module");
  await using fabric = await openFabric(terminal, options, options.to);
  const { manifest: _, ...release } = await write(fabric, bytes);
  if (terminal.json) terminal.printJson({ ...release, fabric: fabric.shown });
  else {
    const { name, version, digest } = release;
    terminal.print(`${plain(name)} ${plain(version)} is in ${plain(fabric.shown)}`);
    terminal.say(`its digest is ${digest}`);
  }
  return EXIT.ok;
}
