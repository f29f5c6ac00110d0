/** `moult call`: calls a function of a plugin that is served elsewhere. */
import { toJson } from "../../abi/tools.ts";
import { PluginError } from "../mod.ts";
import { connect } from "../remote/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { askedCall } from "./given/asked-call.ts";
import { functionLine } from "./given/function-line.ts";
import { refused } from "./given/refused.ts";
import { tokenOf } from "./given/token.ts";
import { whole } from "./given/whole.ts";
import { rows } from "./page/page.ts";
import { readable } from "./page/readable.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options {
  readonly tokenFile?: string;
  readonly timeout: number;
}

const HELP = `
Arguments are JSON, one for each parameter, as in "moult run".

Exit codes: 0 it answered; 1 it answered an error, trapped, or no server answers; 2 it was used wrongly, and not called.

Examples:
  moult call http://127.0.0.1:8080/                    which functions there are
  moult call http://127.0.0.1:8080/ visit /about
`;

export const call: Verb = (program, run) => {
  program
    .command("call")
    .summary("call a function of a plugin that is served")
    .description(
      "Connects to a server of moult's, calls one function and prints what it answers; without one, lists them.",
    )
    .argument("<url>", "as moult serve prints it")
    .argument("[function]", "its name")
    .argument("[args...]", "its arguments, as JSON")
    .option("--token-file <file>", "a file with the token of the server; else MOULT_TOKEN")
    .option("--timeout <ms>", "milliseconds that it may take", whole(1, 2 ** 31 - 1), 30_000)
    .addHelpText("after", HELP)
    .action(run(ask));
};

async function ask(
  terminal: Terminal,
  url: string,
  name: string | undefined,
  typed: readonly string[],
  { tokenFile, timeout }: Options,
): Promise<number> {
  const token = await tokenOf(terminal, tokenFile);
  const connecting = connect(url, { timeout, ...(token !== undefined && { token }) });
  await using remote = await connecting.catch((cause) => Promise.reject(refused(cause)));
  const { plugin: manifest } = await remote.describe();
  const { columns } = terminal;
  const about = { plugin: manifest.name, version: manifest.version };
  if (name === undefined) {
    const functions = manifest.exports.map(functionLine);
    if (terminal.json) terminal.printJson({ ...about, functions });
    else {
      terminal.say(plain(`${manifest.name} ${manifest.version} has these functions:`));
      rows(
        terminal,
        functions.map((each) => [each.name, each.type]),
      );
    }
    return EXIT.ok;
  }
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
