/** `moult accept`: makes a version on probation permanent. */
import { EXIT } from "./failure.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import { tellTransition } from "./page/transition-page.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
The version before is let go. The token has to grant swap. Exit codes: 0 it is permanent; 1 it could not be accepted;
2 it was used wrongly.
`;

export const accept: Verb = (program, run) => {
  serverOptions(program.command("accept"))
    .summary("make a version on probation permanent")
    .description("Ends the probation of a plugin that is served: its version stays.")
    .addHelpText("after", HELP)
    .action(run(end));
};

async function end(terminal: Terminal, url: string, options: ServerOptions): Promise<number> {
  await using remote = await server(terminal, url, options);
  const record = await remote.accept();
  if (record) tellTransition(terminal, record);
  else if (terminal.json) terminal.printJson(null);
  else terminal.say(plain(`${remote.name}: no version is on probation`));
  return EXIT.ok;
}
