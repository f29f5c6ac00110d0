/** The command in this process, with streams of its own: what it printed, and its exit code. */
import { main } from "../../host/cli/program.ts";
import type { Input } from "../../host/cli/terminal.ts";
import type { Verb } from "../../host/cli/verb.ts";

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** @default false: as in a pipe */
  readonly tty?: boolean;
  readonly verbs?: readonly Verb[];
  /** Standard input. @default none */
  readonly input?: Input;
  /** Is told each piece of standard output as it comes. */
  readonly onOut?: (text: string) => void;
}

/** Types `moult ...` and waits for its end. */
export async function command(args: readonly string[], options: CommandOptions = {}): Promise<Ran> {
  const { tty = false, signal = new AbortController().signal, env = {}, input, onOut, ...rest } = options;
  const out: string[] = [];
  const err: string[] = [];
  const stream = (written: string[], told?: (text: string) => void) => ({
    isTTY: tty,
    columns: 100,
    write(text: string) {
      written.push(text);
      told?.(text);
    },
  });
  const streams = { ...(input && { in: input }), out: stream(out, onOut), err: stream(err) };
  const exit = await main(args, { signal, env, version: "9.9.9", streams, ...rest });
  return { exit, out: out.join(""), err: err.join("") };
}
