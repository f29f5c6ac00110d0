/** `moult rollback`: returns to the version before, of a plugin that is served. */
import { EXIT } from "./failure.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import { tellTransition } from "./page/transition-page.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends ServerOptions {
  readonly discard?: boolean;
}

const HELP = `
A version that is on probation is rolled back; the calls since are run again on the version before, so that none is
lost. The token has to grant rollback.

Exit codes: 0 it was rolled back; 1 no version is on probation, or it cannot be; 2 it was used wrongly.
`;

export const rollback: Verb = (program, run) => {
  serverOptions(program.command("rollback"))
    .summary("return to the version before, of a plugin that is served")
    .description("Returns to the version before a swap with --probation, with every call since.")
    .option("--discard", "drop what the calls since did to the state")
    .addHelpText("after", HELP)
    .action(run(goBack));
};

async function goBack(terminal: Terminal, url: string, options: Options): Promise<number> {
  const { discard } = options;
  await using remote = await server(terminal, url, options);
  tellTransition(terminal, await remote.rollback({ ...(discard && { discard }), signal: terminal.signal }));
  return EXIT.ok;
}
