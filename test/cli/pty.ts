/** The built command in a terminal of its own, as wide as a test says, at whose keys the test sits. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../dist/bundle/cli.js", import.meta.url));

/** Opens a terminal for a program, and passes on what either says. Python has them in its library; Node has none. */
const DRIVER = `
import fcntl, os, pty, select, signal, struct, sys, termios
columns = int(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
open_ = [fd, 0]
while fd in open_:
    ready, _, _ = select.select(open_, [], [])
    if fd in ready:
        try: said = os.read(fd, 65536)
        except OSError: said = b""
        if not said: break
        os.write(1, said)
    if 0 in ready:
        typed = os.read(0, 65536)
        if not typed:
            # Whoever had the terminal left: so does the program.
            os.kill(pid, signal.SIGKILL)
            open_.remove(0)
        else: os.write(fd, typed)
_, status = os.waitpid(pid, 0)
sys.exit(128 + status if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
`;

/** Why there is no terminal to be had here; nothing where there is one. */
export function noTerminal(): string | undefined {
  if (!existsSync(main)) return "needs the built command: npm run build";
  try {
    execFileSync("python3", ["-c", "import pty, fcntl, termios"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "needs python3, which opens terminals";
  }
}

export interface Pty {
  /** Waits for text that has not been waited for yet. @returns all up to its end */
  prints(text: string): Promise<string>;
  /** `\x03` is Ctrl-C. */
  type(text: string): void;
  /** The exit code; of what a signal ended, 128 and its number. */
  readonly ended: Promise<number>;
  /** All that it printed. */
  screen(): string;
}

export interface PtyOptions {
  readonly cwd: string;
  /** @default 100 */
  readonly columns?: number;
  /** @default `moult` */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command, or another program of Node's, until the test is over at the latest. */
export function pty(args: readonly string[], options: PtyOptions): Pty {
  const { cwd, columns = 100, program = main, env = {} } = options;
  const given = ["-c", DRIVER, String(columns), process.execPath, program, ...args];
  const plain = { ...process.env, NO_COLOR: "1", TERM: "xterm", ...env };
  const child = spawn("python3", given, { cwd, env: plain, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  let taken = 0;
  let wake = () => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    wake();
  });
  onTestFinished(() => void child.stdin.end());
  const ended = new Promise<number>((resolve) => {
    child.once("close", (code) => {
      resolve(code ?? -1);
      wake();
    });
  });
  return {
    async prints(text) {
      for (;;) {
        const at = said.indexOf(text, taken);
        if (at >= 0) {
          const found = said.slice(taken, at + text.length);
          taken = at + text.length;
          return found;
        }
        if (child.exitCode !== null) throw new Error(`it ended and did not print ${text}:\n${said}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    type: (text) => void child.stdin.write(text),
    ended,
    screen: () => said,
  };
}
