/** `moult swap`: replaces the code of a plugin that is served. */
import { EXIT } from "./failure.ts";
import { moduleSource } from "./given/module-source.ts";
import { refused } from "./given/refused.ts";
import { type ServerOptions, server, serverOptions } from "./given/server.ts";
import { whole } from "./given/whole.ts";
import { tellTransition } from "./page/transition-page.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends ServerOptions {
  readonly dryRun?: boolean;
  readonly reset?: boolean;
  readonly supersede?: boolean;
  readonly integrity?: string;
  readonly probation?: boolean;
  readonly probationCalls?: number;
  readonly probationMs?: number;
}

const HELP = `
The state crosses, or nothing changes. Callers notice nothing. The token has to grant swap: see "moult serve".
On probation the version before is kept: "moult rollback" returns to it, "moult accept" lets it go.

Exit codes: 0 it was swapped; 1 it was refused, and the version before serves; 2 it was used wrongly.

Examples:
  moult swap http://127.0.0.1:8080/ build/visits.wasm --dry-run
  moult swap http://127.0.0.1:8080/ build/visits.wasm --probation-ms 600000
`;

export const swap: Verb = (program, run) => {
  serverOptions(program.command("swap"))
    .summary("replace the code of a plugin that is served")
    .description("Sends a module to a server of moult's, which swaps it in under its callers.")
    .argument(
      "<file>",
      "a .wasm module, oci://..., or a plugin's folder or .ts entry, which is built in memory",
    )
    .option("--dry-run", "tell what would happen, with copies of the real state, and change nothing")
    .option("--probation", "keep the version before for a minute, so that nothing is lost by a rollback")
    .option("--probation-calls <n>", "keep it for so many calls", whole(1, Number.MAX_SAFE_INTEGER))
    .option("--probation-ms <ms>", "keep it for so many milliseconds", whole(1, 2 ** 31 - 1))
    .option("--supersede", "accept a version that is on probation, and swap that")
    .option("--reset", "begin with fresh state: what was in it is lost")
    .option("--integrity <sha256>", "the SHA-256 that the module must have, as moult inspect prints it")
    .addHelpText("after", HELP)
    .action(run(replace));
};

async function replace(terminal: Terminal, url: string, file: string, options: Options): Promise<number> {
  const { dryRun, reset, supersede, integrity, probation, probationCalls, probationMs } = options;
  const { bytes } = await moduleSource(terminal, file);
  await using remote = await server(terminal, url, options);
  const bounds = {
    ...(probationCalls !== undefined && { calls: probationCalls }),
    ...(probationMs !== undefined && { duration: probationMs }),
  };
  const record = await remote
    .swap(bytes, {
      ...(dryRun && { dryRun }),
      ...(reset && { reset }),
      ...(supersede && { supersede }),
      ...(integrity !== undefined && { integrity }),
      ...((probation || Object.keys(bounds).length > 0) && { probation: bounds }),
      signal: terminal.signal,
    })
    .catch((cause) => Promise.reject(refused(cause)));
  tellTransition(terminal, record);
  return EXIT.ok;
}
