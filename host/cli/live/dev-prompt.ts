/** The prompt of `moult dev`. If input is not a terminal, its lines are calls as well. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import type { DevCalls } from "./dev-calls.ts";
import type { DevView } from "./dev-view.ts";

const PROMPT = "> ";
const COMMANDS = {
  ".help": "this",
  ".functions": "the plugin's functions",
  ".state": "its state",
  ".save": "writes a snapshot of its state: .save FILE",
  ".fresh": "begins with fresh state",
  ".exit": "ends; so do Ctrl-C and Ctrl-D",
} as const;

export interface DevPrompt extends Disposable {
  /** Resolves when the user ends the prompt. Input that is not a terminal may end, and the plugin goes on. */
  readonly ended: Promise<void>;
}

export interface DevPromptOptions {
  readonly view: DevView;
  readonly calls: DevCalls;
  /** Loads the latest version with a fresh state. */
  readonly renew: () => void;
  /** Resolves when lines may be run. */
  readonly first: Promise<void>;
}

export function devPrompt(terminal: Terminal, { view, calls, renew, first }: DevPromptOptions): DevPrompt {
  const { input, cwd } = terminal;
  if (input === undefined) return { ended: new Promise(() => {}), [Symbol.dispose]: () => {} };
  const person = terminal.live && input.isTTY === true;
  const lines = createInterface({
    input,
    prompt: PROMPT,
    terminal: person,
    ...(person ? { output: process.stderr, completer } : {}),
  });
  let end: () => void;
  const ended = new Promise<void>((done) => {
    end = done;
  });
  /** Calls are made one after the other, in the order in which they were typed. */
  let last = first;

  if (person) {
    view.frame = (draw) => {
      process.stderr.write("\r\x1b[K");
      draw();
      lines.prompt(true);
    };
    // A terminal that is read key by key sends no signal. On Windows a process that sends itself one ends at once.
    lines.on("SIGINT", () => process.emit("SIGINT") || process.kill(process.pid, "SIGINT"));
    lines.on("close", () => end());
    lines.prompt();
  }
  lines.on("line", (line) => {
    last = last.then(async () => {
      await typed(line.trim());
      if (person) lines.prompt();
    });
  });

  async function typed(line: string): Promise<void> {
    if (line === "") return;
    if (!line.startsWith(".")) return calls.call(line);
    const [command = "", file] = line.split(/\s+/, 2);
    if (command === ".help") for (const [name, what] of Object.entries(COMMANDS)) row(name, what);
    else if (command === ".functions") for (const { name, type } of calls.functions()) row(name, type);
    else if (command === ".state") await calls.state();
    else if (command === ".fresh") renew();
    else if (command === ".exit") end();
    else if (command === ".save" && file) await save(file);
    else view.refusedCall(`there is no ${plain(line)}`, `there are ${Object.keys(COMMANDS).join(", ")}`);
  }

  async function save(file: string): Promise<void> {
    try {
      const bytes = await calls.snapshot();
      await writeFile(resolve(cwd, file), bytes);
      view.note(`saved ${bytes.length} bytes to ${plain(file)}`);
    } catch (error) {
      view.refusedCall((error as Error).message, undefined);
    }
  }

  function row(name: string, text: string): void {
    terminal.say(`  ${name.padEnd(12)} ${plain(text)}`, 15);
  }

  function completer(text: string): [string[], string] {
    const names = [...Object.keys(COMMANDS), ...calls.functions().map(({ name }) => name)];
    return [names.filter((name) => name.startsWith(text)), text];
  }

  return { ended, [Symbol.dispose]: () => lines.close() };
}
