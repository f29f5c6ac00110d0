/** `moult proto`: the `.proto` of a plugin, for clients of gRPC in any language. */
import { proto as protoOf } from "../grpc/mod.ts";
import { EXIT } from "./failure.ts";
import { pluginFile } from "./given/plugin-file.ts";
import { type ServerOptions, server } from "./given/server.ts";
import { whole } from "./given/whole.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
What is added to the end of a plugin, of a class or of an enum leaves the numbers of the rest as they are.

Exit codes: 0; 1 it is no plugin, or no server answers; 2 it was used wrongly.

Examples:
  moult proto build/visits.wasm > visits.proto
  moult proto http://127.0.0.1:8080/ > visits.proto
`;

export const proto: Verb = (program, run) => {
  program
    .command("proto")
    .summary("print the .proto of a plugin, for gRPC")
    .description("Prints the .proto by which a plugin is called over gRPC (moult serve --grpc).")
    .argument(
      "<file>",
      "a .wasm module, a plugin's folder or .ts entry; or where moult serve serves one over HTTP",
    )
    .option("--token-file <file>", "a file with the token of the server; else MOULT_TOKEN")
    .option("--ca <file>", "the authority that its certificate is trusted by (PEM); else those of the system")
    .option("--timeout <ms>", "milliseconds that it may take", whole(1, 2 ** 31 - 1), 30_000)
    .addHelpText("after", HELP)
    .action(run(print));
};

async function print(terminal: Terminal, file: string, options: ServerOptions): Promise<number> {
  const text = protoOf({ plugin: await manifestOf(terminal, file, options) });
  if (terminal.json) terminal.printJson({ proto: text });
  else terminal.print(text.trimEnd());
  return EXIT.ok;
}

async function manifestOf(terminal: Terminal, file: string, options: ServerOptions) {
  if (!/^https?:/.test(file)) return (await pluginFile(terminal, file, "release")).manifest;
  await using remote = await server(terminal, file, options);
  return (await remote.describe()).plugin;
}
