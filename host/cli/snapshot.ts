/** `moult snapshot`: the state of a plugin that is served, in a file. */
import { EXIT } from "./failure.ts";
import { savedFile } from "./given/saved-file.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
Any Avro tool reads it; "moult inspect" shows it, "moult run --state" begins with it. The token has to grant snapshot.
Exit codes: 0 it was written; 1 there is no state, or no server answers; 2 it was used wrongly.

Example:
  moult snapshot http://127.0.0.1:8080/ visits.avro
`;

export const snapshot: Verb = (program, run) => {
  serverOptions(program.command("snapshot"))
    .summary("write the state of a plugin that is served to a file")
    .description("Takes a snapshot of the state between two calls, and writes it to a file.")
    .argument("<file>", "where to write it")
    .addHelpText("after", HELP)
    .action(run(take));
};

async function take(terminal: Terminal, url: string, file: string, options: ServerOptions): Promise<number> {
  await using remote = await server(terminal, url, options);
  const taken = await remote.snapshot();
  await savedFile(terminal, file, taken);
  if (terminal.json) terminal.printJson({ plugin: remote.name, file, bytes: taken.length });
  return EXIT.ok;
}
