import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { callLine } from "../../host/cli/live/call-line.ts";
import { command, type Ran } from "./command.ts";

const PACKAGE = { name: "visits", version: "1.0.0", moult: { interface: "acme:visits/counter@1.0.0" } };
const PLUGIN = `import { log, Result, state } from "moult/guest";
@state
class Visits {
  total: u64 = 0;
}
const visits = state<Visits>();
export function visit(page: string): Result<u64, string> {
  if (!page.startsWith("/")) return Result.err<u64, string>("a page begins with /");
  visits.total++;
  return Result.ok<u64, string>(visits.total);
}
export function half(n: i32): i32 {
  return n / (n - n);
}
export function note(text: string): void {
  log.info(text);
}
`;

let folder: string;
let entry: string;
let session: Session | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-dev-"));
  entry = join(folder, "plugin.ts");
  await writeFile(join(folder, "package.json"), JSON.stringify(PACKAGE));
  await writeFile(entry, PLUGIN);
});
afterEach(async () => {
  await session?.end();
  session = undefined;
  await rm(folder, { recursive: true });
});

it("swaps with every save, and the state stays", async () => {
  const { next, type, end } = open(["--grant", "log"]);
  expect(await next("loaded")).toMatchObject({ version: "1.0.0", optimize: "debug" });
  type('visit "/"');
  expect(await next("answer")).toMatchObject({ function: "visit", answer: 1 });
  expect(await next("swapped")).toMatchObject({ optimize: "release" });

  await writeFile(entry, PLUGIN.replace("visits.total++", "visits.total += 10"));
  const live = await next("swapped");
  expect(live).toMatchObject({ optimize: "debug", times: { total: expect.any(Number) } });
  type('visit("/about")');
  expect(await next("answer")).toMatchObject({ answer: 11 });
  const stepped = PLUGIN.replace(
    /@state[\s\S]*?\n}\n/,
    (text) =>
      `${text.replace("@state\n", "").replace("class Visits", "class VisitsV1")}
@state
class Visits {
  total: u64 = 0;
  twice: u64 = 0;
  static from(old: VisitsV1): Visits { return { total: old.total, twice: old.total * 2 }; }
}
`,
  );
  await writeFile(entry, stepped);
  expect(await next("swapped")).toMatchObject({ way: "migrated", steps: ["VisitsV1", "Visits"] });
  type("note hello");
  expect(await next("note")).toMatchObject({ text: "info: hello" });
  expect(await next("answer")).toEqual({ event: "answer", function: "note" });
  type(".exit");
  expect(await next("end")).toMatchObject({ calls: 3, wrong: 0, refused: 0 });
  expect((await end()).exit).toBe(0);
});

it("says what a saved version answers otherwise, and what it holds outside of its state, once", async () => {
  const { next, type } = open(["--debug", "--grant", "log"]);
  await next("loaded");
  type("visit /");
  await next("answer");
  const held = `${PLUGIN}
let held: u64 = 0;
export function count(): u64 { return visits.total + held++; }
export function two(): u32 { return 2; }
`;
  await writeFile(entry, held);
  await next("swapped");
  expect(await next("compared")).toEqual({
    event: "compared",
    lines: [
      "swapped for itself, the new visits 1.0.0 answers otherwise, so it holds something outside of its state: held (plugin.ts) may be why",
      "count() is 1n, and was 3n",
    ],
  });
  await writeFile(entry, held.replace("return 2", "return 3"));
  await next("swapped");
  expect(await next("compared")).toEqual({
    event: "compared",
    lines: [
      "the new visits 1.0.0 answers otherwise than the old visits 1.0.0; whether that is meant only you can say",
      "two() is 3, and was 2",
    ],
  });
});

it("goes on with the version before when a save does not build, or is refused", async () => {
  const { next, type } = open(["--debug", "--grant", "log"]);
  await next("loaded");
  type("visit /");
  await next("answer");
  await writeFile(entry, PLUGIN.replace("visits.total++", 'visits.total += "x"'));
  expect((await next("failed")).message).toContain("plugin.ts:9:19 error TS2322");
  await writeFile(entry, PLUGIN.replaceAll("total", "count"));
  expect(await next("refused")).toMatchObject({ code: "incompatible-state" });
  type("visit /");
  expect(await next("answer")).toMatchObject({ answer: 2 });
  // Fresh state is what the author asks for.
  type(".fresh");
  await next("loaded");
  type("visit /");
  expect(await next("answer")).toMatchObject({ answer: 1 });
});

it("loads a version anew, with its state, when its interface is another one", async () => {
  const { next, type } = open(["--debug", "--grant", "log"]);
  await next("loaded");
  type("visit /");
  await next("answer");
  await writeFile(entry, PLUGIN.replace("visit(page: string)", "visit(page: string, by: u32)"));
  await next("reloaded");
  type("visit /");
  expect(await next("refused-call")).toMatchObject({
    message: "could not call visits.visit: wanted 2 arguments, found 1; it was not called",
  });
  type("visit / 5");
  expect(await next("answer")).toMatchObject({ answer: 2 });
});

it("shows the author's line of a trap, and goes on with the state", async () => {
  const input = new PassThrough();
  const started = command(["dev", ".", "--debug", "--grant", "log"], { input, cwd: folder });
  input.write('visit "/"\nvisit about\nhalf 1\n.nope\nvisit "/"\n.state\n.exit\n');
  const { exit, out, err } = await started;
  expect(exit).toBe(0);
  expect(out).toBe('1\n2\n{ "total": 2 }\n');
  expect(err.replace(/\d+(\.\d+)? (ms|KiB)/g, "N $2")).toBe(
    `loaded    1.0.0  built N ms  N KiB
error     visit answered an error: "a page begins with /"
trapped   half: divide by zero
plugin.ts
13 |   return n / (n - n);
              ^
    at half (plugin.ts:13:10)
restarted a fresh instance has the state and every call that was answered, after N ms
error     there is no .nope
hint: there are .help, .functions, .state, .save, .fresh, .exit
4 calls (2 wrong), 0 swaps, 0 refused
`,
  );
});

it("waits for a first version that can be loaded", async () => {
  await writeFile(entry, PLUGIN.replace("visits.total++", "oops"));
  const { next, type } = open(["--debug"]);
  await next("failed");
  await writeFile(entry, PLUGIN);
  expect(await next("refused")).toMatchObject({
    message:
      "[missing-grant] could not load visits 1.0.0: it asks for what it was not granted: moult:log/log@1.0.0",
  });
  type("visit /");
  expect(await next("refused-call")).toMatchObject({ message: "no version serves yet" });
  await writeFile(entry, PLUGIN.replace("log.info(text);", "").replace("log, ", ""));
  await next("loaded");
});

it("makes a call again and again, and ends at Ctrl-C with 0", async () => {
  const { next, interrupt, end } = open(["--debug", "--grant", "log", "--call", "visit /", "--every", "5"]);
  expect(await next("answer")).toMatchObject({ answer: 1 });
  expect(await next("answer")).toMatchObject({ answer: 2 });
  interrupt();
  await next("end");
  expect((await end()).exit).toBe(0);
});

it("exits with 2 when it is asked wrongly", async () => {
  expect(await command(["dev", join(folder, "no")])).toEqual({
    exit: 2,
    out: "",
    err: `error: could not find ${join(folder, "no")}: there is no such file or folder\n`,
  });
  expect((await command(["dev", folder, "--debug", "--release"])).err).toBe(
    "error: could not build both ways alone: give --debug or --release\n",
  );
  expect(await command(["dev", folder, "--every", "0"])).toMatchObject({
    exit: 2,
    err: "error: could not call every 0: wanted milliseconds, a whole number above 0\n",
  });
});

it.each([
  ["visit", "visit", []],
  ['visit "/about" 3', "visit", ['"/about"', "3"]],
  ['visit("/a, b", 3)', "visit", ['"/a, b"', "3"]],
  ['add {"x": 1, "y": "} "} [1, 2]', "add", ['{"x": 1, "y": "} "}', "[1, 2]"]],
  ['say "a \\" b" c', "say", ['"a \\" b"', "c"]],
  ["visit()", "visit", []],
])("takes %s apart", (line, name, args) => {
  expect(callLine(line)).toEqual({ name, args });
});

interface Session {
  /** The next event of a kind; others before it are passed over. */
  next(kind: string): Promise<Record<string, unknown>>;
  type(line: string): void;
  interrupt(): void;
  end(): Promise<Ran>;
}

function open(options: readonly string[]): Session {
  const input = new PassThrough();
  const ctrlC = new AbortController();
  const events: Record<string, unknown>[] = [];
  let wake = () => {};
  const ran = command(["dev", folder, "--json", ...options], {
    input,
    signal: ctrlC.signal,
    onOut(line) {
      events.push(JSON.parse(line));
      wake();
    },
  });
  session = {
    async next(kind) {
      for (;;) {
        const found = events.shift();
        if (found?.event === kind) return found;
        if (found !== undefined) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    type: (line) => void input.write(`${line}\n`),
    interrupt: () => ctrlC.abort(),
    async end() {
      ctrlC.abort();
      return ran;
    },
  };
  return session;
}
