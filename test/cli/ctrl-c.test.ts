/** Ctrl-C in a terminal, while a plugin never answers, wherever it does not. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Folder, folder } from "./folder.ts";
import { noTerminal, pty } from "./pty.ts";

const CTRL_C = "\x03";
const SIGINT = 128 + 2;

/** Counts; and loops for ever where it is told to. */
const endless = (where: "call" | "start" | "onRestore" | "stop" | "none") => `
import { log, state } from "moult/guest";
@state
class Counter { total: u32 = 0; }
const counter = state<Counter>();
function spin(): void { log.info("spinning"); while (counter.total >= 0) {} }
export function add(step: u32): u32 {
  if (step == 13) throw new Error("13 is unlucky");
  if (step == 9${where === "call" ? "" : " && false"}) spin();
  counter.total += step;
  return counter.total;
}
export function spins(): void { spin(); }
${where === "none" || where === "call" ? "" : `export function ${where}(): void { spin(); }`}
`;

/** What a person who is typing is shown is drawn over the prompt. */
const answer = (total: number) => `\x1b[K${total}\r\n`;

const why = noTerminal();
describe.skipIf(why)(why === undefined ? "at Ctrl-C" : `at Ctrl-C (${why})`, () => {
  let own: Folder;
  beforeAll(async () => {
    own = await folder();
    const settings = { interface: "acme:visits/counter@1.0.0", grant: ["log"] };
    await own.write("package.json", JSON.stringify({ name: "visits", version: "1.0.0", moult: settings }));
  });

  it("moult dev ends with what it did, when nothing runs", async () => {
    await own.write("plugin.ts", endless("none"));
    const dev = pty(["dev", "--debug"], { cwd: own.path });
    await dev.prints("loaded");
    dev.type("add 2\r");
    await dev.prints(answer(2));
    dev.type(CTRL_C);
    await dev.prints("1 calls (0 wrong), 0 swaps, 0 refused");
    expect(await dev.ended).toBe(0);
  });

  it.each([
    ["", "0 calls"],
    ["add 2\r", "1 calls"],
    ["add 2\radd 3", "1 calls"],
  ])(
    "moult dev closes what it has where a process that sends itself a signal ends, as on Windows: after %j",
    async (typed, told) => {
      await own.write("plugin.ts", endless("none"));
      await own.write("windows.mjs", "process.kill = () => process.exit(1);");
      const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(own.path, "windows.mjs"))}` };
      const dev = pty(["dev", "--debug"], { cwd: own.path, env });
      await dev.prints("loaded");
      dev.type(typed);
      if (typed) await dev.prints(answer(2));
      dev.type(CTRL_C);
      await dev.prints(`${told} (0 wrong), 0 swaps, 0 refused`);
      expect(await dev.ended).toBe(0);
    },
  );

  it("moult dev ends in a call, and takes keys again after calls that answered", async () => {
    await own.write("plugin.ts", endless("call"));
    const dev = pty(["dev", "--debug"], { cwd: own.path });
    await dev.prints("loaded");
    dev.type("add 2\r");
    await dev.prints(answer(2));
    // Only key by key the arrow brings the line before back.
    dev.type("\x1b[A\r");
    await dev.prints(answer(4));
    dev.type("add 13\r");
    await dev.prints("restarted");
    dev.type("\x1b[A\x1b[A\r");
    await dev.prints(answer(6));
    dev.type("add 9\r");
    await dev.prints("spinning");
    dev.type(CTRL_C);
    expect(await dev.ended).toBe(SIGINT);
  });

  it("moult dev ends while a version is swapped in, and the one before stops", async () => {
    await own.write("plugin.ts", endless("stop"));
    const dev = pty(["dev", "--debug"], { cwd: own.path });
    await dev.prints("loaded");
    await own.write("plugin.ts", endless("none"));
    await dev.prints("spinning");
    dev.type(CTRL_C);
    expect(await dev.ended).toBe(SIGINT);
  });

  it("moult dev ends at the second one while the plugin stops", async () => {
    await own.write("plugin.ts", endless("stop"));
    const dev = pty(["dev", "--debug"], { cwd: own.path });
    await dev.prints("loaded");
    dev.type(CTRL_C);
    await dev.prints("spinning");
    dev.type(CTRL_C);
    expect(await dev.ended).toBe(SIGINT);
  });

  it("moult dev ends while a fresh instance follows one that trapped", async () => {
    await own.write("plugin.ts", endless("onRestore"));
    const dev = pty(["dev", "--debug"], { cwd: own.path });
    await dev.prints("loaded");
    dev.type("add 13\r");
    // From here on nobody listens: not before the fresh instance is there.
    await dev.prints("trapped");
    dev.type(CTRL_C);
    expect(await dev.ended).toBe(SIGINT);
  });

  it("moult dev ends in a call that it makes by itself", async () => {
    await own.write("plugin.ts", endless("call"));
    const dev = pty(["dev", "--debug", "--call", "spins", "--every", "5"], { cwd: own.path });
    await dev.prints("spinning");
    dev.type(CTRL_C);
    expect(await dev.ended).toBe(SIGINT);
  });

  it.each(["call", "stop"] as const)("moult run ends in a %s", async (where) => {
    await own.write("plugin.ts", endless(where));
    const ran = pty(["run", ".", "add", where === "call" ? "9" : "1"], { cwd: own.path });
    await ran.prints("spinning");
    ran.type(CTRL_C);
    expect(await ran.ended).toBe(SIGINT);
  });

  it("moult check ends, whose rehearsal is in a thread", async () => {
    await own.write("plugin.ts", endless("start"));
    const check = pty(["check", ".", "--grant", "log", "--timeout", "3600"], { cwd: own.path });
    await check.prints("building");
    check.type(CTRL_C);
    await check.prints("interrupted");
    expect(await check.ended).toBe(130);
  });
});
