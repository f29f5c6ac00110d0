/** `moult call`: calls a function of a plugin that is served elsewhere. */
import { toJson } from "../../abi/tools.ts";
import { PluginError } from "../mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { askedCall } from "./given/asked-call.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import { functionList } from "./page/function-list.ts";
import { readable } from "./page/readable.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

const HELP = `
Arguments are JSON, one for each parameter, as in "moult run".

Exit codes: 0 it answered; 1 it answered an error, trapped, or no server answers; 2 it was used wrongly, and not called.

Examples:
  moult call http://127.0.0.1:8080/                    which functions there are
  moult call http://127.0.0.1:8080/ visit /about
`;

export const call: Verb = (program, run) => {
  serverOptions(program.command("call"))
    .summary("call a function of a plugin that is served")
    .description(
      "Connects to a server of moult's, calls one function and prints what it answers; without one, lists them.",
    )
    .argument("[function]", "its name")
    .argument("[args...]", "its arguments, as JSON")
    .addHelpText("after", HELP)
    .action(run(ask));
};

async function ask(
  terminal: Terminal,
  url: string,
  name: string | undefined,
  typed: readonly string[],
  options: ServerOptions,
): Promise<number> {
  await using remote = await server(terminal, url, options);
  const { plugin: manifest } = remote.description;
  if (name === undefined) {
    functionList(terminal, manifest);
    return EXIT.ok;
  }
  const { columns } = terminal;
  const about = { plugin: manifest.name, version: manifest.version };
  const asked = askedCall(manifest, name, typed);
  const { ok, err } = asked;
  try {
    const answer = await remote.call[asked.name]!(...asked.args);
    if (terminal.json)
      terminal.printJson({ ...about, function: asked.name, ...(ok && { answer: toJson(ok, answer) }) });
    else if (ok !== undefined)
      for (const line of readable(toJson(ok, answer), { columns })) terminal.print(line);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    if (error.code === "argument")
      throw new Failure(error.message, { exit: EXIT.usage, hint: asked.takes, cause: error });
    if (error.code !== "guest-error") throw error;
    const payload = err === undefined ? null : toJson(err, error.payload);
    if (terminal.json) terminal.printJson({ ...about, function: asked.name, error: payload });
    else {
      const lines = readable(payload, { columns }).join("\n");
      terminal.complain(
        `${terminal.style("red", "error:")} ${plain(manifest.name)}.${asked.name} answered an error: ${lines}`,
      );
    }
    return EXIT.refused;
  }
}
