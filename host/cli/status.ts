/** `moult status`: how a plugin is that is served. */
import type { RemoteStatus } from "../remote/mod.ts";
import { EXIT } from "./failure.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import { count, rows } from "./page/page.ts";
import { versionText } from "./page/transition-page.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
The token has to grant status. Exit codes: 0; 1 no server answers, or it refuses; 2 it was used wrongly.
`;

export const status: Verb = (program, run) => {
  serverOptions(program.command("status"))
    .summary("tell how a plugin is that is served")
    .description("Tells which version serves, what is under way, and whether it is on probation.")
    .addHelpText("after", HELP)
    .action(run(tell));
};

async function tell(terminal: Terminal, url: string, options: ServerOptions): Promise<number> {
  await using remote = await server(terminal, url, options);
  const found = await remote.status();
  if (terminal.json) {
    terminal.printJson(found);
    return EXIT.ok;
  }
  const { plugin, version, status, trapped, probation, underWay, inside, waiting, ready } = found;
  terminal.print(plain(`${plugin} ${version.version}, ${trapped ? "trapped" : status}`));
  rows(terminal, [
    ["generation", String(version.generation)],
    ["digest", version.digest ?? "unknown"],
    ["calls", `${count(underWay)} under way, ${count(inside)} inside, ${count(waiting)} wait`],
    ["probation", probation ? probationText(probation) : "none"],
    ["server", ready ? "takes calls" : "takes no more calls"],
  ]);
  return EXIT.ok;
}

function probationText({ incumbent, calls, bad }: NonNullable<RemoteStatus["probation"]>): string {
  return `${versionText(incumbent)} is kept; calls since: ${count(calls)}, bad ones: ${count(bad)}`;
}
