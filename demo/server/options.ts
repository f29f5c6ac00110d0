/** The words of the command line. */
import { parseArgs } from "node:util";
import { count } from "../screen.ts";

export const HELP = `Usage: npm run demo:server -- [--tour] [--seconds N] [--rate N] [--port N] [--json]

Serves pages by node:http; each request is answered by a plugin. A thread sends
requests at a steady rate, whether or not those before were answered. Edit
wasm-plugins/pages/handler.ts and save it: it is swapped in under the load, and
goes back by itself if it traps. In the end, or at Ctrl-C, the plugin's own
count is held against the server's.

  --tour       edits a copy of the handler by itself: one edit that is swapped
               in, one that does not compile, one that is refused, one that traps
  --seconds N  ends after so long, or with the tour (default: at Ctrl-C)
  --rate N     requests a second (default 500)
  --port N     of the server (default: any that is free)
  --json       print one JSON object in the end and nothing else
  --help       this text

Exit codes: 0 no request failed and the counts are equal; 1 otherwise, or
something failed; 2 the command line is wrong.
`;

export class UsageError extends Error {}

export interface Options {
  readonly tour: boolean;
  readonly seconds: number;
  readonly rate: number;
  readonly port: number;
  readonly json: boolean;
}

/** @returns nothing where help is asked for */
export function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tour: { type: "boolean" },
      seconds: { type: "string" },
      rate: { type: "string" },
      port: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const { tour = false, json = false } = values;
  const seconds = number("--seconds", values.seconds, [0.1, 1e6]) ?? Number.POSITIVE_INFINITY;
  const rate = number("--rate", values.rate, [1, 20_000]) ?? 500;
  return { tour, json, seconds, rate, port: number("--port", values.port, [0, 65_535]) ?? 0 };
}

function number(name: string, text: string | undefined, [least, most]: [number, number]): number | undefined {
  if (text === undefined) return undefined;
  const found = Number(text);
  if (text.trim() !== "" && found >= least && found <= most) return found;
  throw new UsageError(`${name} ${text}: wanted a number from ${count(least)} to ${count(most)}`);
}
