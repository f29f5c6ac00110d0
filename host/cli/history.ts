/** `moult history`: what became of a plugin that is served. */
import { EXIT } from "./failure.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import { tellHistory } from "./page/transition-page.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
Swaps, rollbacks, restarts and what was refused, the newest last; times are UTC. The token has to grant history.
Exit codes: 0; 1 no server answers, or it refuses; 2 it was used wrongly.
`;

export const history: Verb = (program, run) => {
  serverOptions(program.command("history"))
    .summary("list the swaps of a plugin that is served")
    .description("Lists the last 100 transitions of a plugin that is served.")
    .addHelpText("after", HELP)
    .action(run(list));
};

async function list(terminal: Terminal, url: string, options: ServerOptions): Promise<number> {
  await using remote = await server(terminal, url, options);
  tellHistory(terminal, await remote.history());
  return EXIT.ok;
}
