import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { compiler } from "moult/dev";
import { type Build, BuildError, build } from "moult/transform";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder: string;
let good: string;
let wrong: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-compiler-"));
  good = write("good.ts", "export function add(a: i32, b: i32): i32 { return a + b; }\n");
  wrong = write("wrong.ts", "export function add(a: i32): string { return a; }\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** Options of a build in the midst of which `code` runs, in the compiler's thread. */
function amid(name: string, code: string) {
  const file = write(`${name}.mjs`, `export default class { afterParse() { ${code} } }\n`);
  return { optimize: "debug", asc: ["--transform", file] } as const;
}

const outcome = async (work: Promise<unknown>): Promise<unknown> => work.then(untimed, (error) => error);
const untimed = (made: unknown) => ({ ...(made as Build), time: 0 });

it("builds what build does, with the same bytes, map and warnings", async () => {
  await using warm = compiler();
  for (const optimize of ["debug", "release"] as const) {
    const options = { optimize, name: "adder", version: "1.2.3" };
    const made = await warm.build(pathToFileURL(good), options);
    expect(untimed(made)).toEqual(untimed(await build(good, options)));
  }
});

it("tells an author's errors as build does, and goes on", async () => {
  await using warm = compiler();
  const [theirs, ours] = [await outcome(warm.build(wrong)), await outcome(build(wrong))];
  expect(theirs).toBeInstanceOf(BuildError);
  expect(theirs).toEqual(ours);
  expect((theirs as BuildError).diagnostics).toEqual((ours as BuildError).diagnostics);
  expect((await warm.build(good, { optimize: "debug" })).manifest.exports).toHaveLength(1);
});

it("tells a failure of the compiler with its cause", async () => {
  await using warm = compiler();
  const failed = await outcome(warm.build(good, amid("thrown", "throw new Error('no luck')")));
  expect(failed).toBeInstanceOf(BuildError);
  expect((failed as BuildError).message).toBe(`could not build ${good}: no luck`);
  expect((failed as BuildError).cause).toEqual(new Error("no luck"));
});

it.each([
  ["exits", "process.exit(3)", "exit code 3"],
  [
    "says why and exits",
    "console.error('▌ Whoops\\n▌ RangeError: too deep\\n▌     at a'); process.exit(1)",
    "RangeError: too deep",
  ],
  [
    "throws where nobody catches",
    "return new Promise(() => setImmediate(() => { throw new Error('astray'); }))",
    "astray",
  ],
])("survives a compiler that %s: the next build has a new thread", async (name, code, why) => {
  await using warm = compiler();
  const crash = outcome(warm.build(good, amid(name.replaceAll(" ", "-"), code)));
  const next = warm.build(good, { optimize: "debug" });
  expect(await crash).toBeInstanceOf(BuildError);
  expect(((await crash) as BuildError).message).toBe(`could not build ${good}: the compiler crashed: ${why}`);
  expect((await next).manifest.exports).toHaveLength(1);
});

it("drops a build that was aborted while it waited", async () => {
  const log = write("log", "");
  const note = (name: string) =>
    amid(name, `process.getBuiltinModule("fs").appendFileSync(${JSON.stringify(log)}, "${name} ")`);
  await using warm = compiler();
  const abort = new AbortController();
  const first = warm.build(good, note("first"));
  const second = outcome(warm.build(good, { ...note("second"), signal: abort.signal }));
  const third = warm.build(good, note("third"));
  abort.abort(new Error("never mind"));
  expect(await second).toEqual(new Error("never mind"));
  await Promise.all([first, third]);
  expect(readFileSync(log, "utf8")).toBe("first third ");
  expect(await outcome(warm.build(good, { signal: abort.signal }))).toEqual(new Error("never mind"));
});

it("gives up at once on a build under way, and serves the next, even if the compiler hangs", async () => {
  await using warm = compiler();
  const abort = new AbortController();
  const hanging = outcome(warm.build(good, { ...amid("hangs", "for (;;);"), signal: abort.signal }));
  const next = warm.build(good, { optimize: "debug" });
  abort.abort(new Error("never mind"));
  expect(await hanging).toEqual(new Error("never mind"));
  expect((await next).manifest.exports).toHaveLength(1);
});

it("fails what is not done when it is closed, and what comes afterwards", async () => {
  const warm = compiler();
  const builds = [warm.build(good), warm.build(good)].map(outcome);
  await warm.close();
  const message = `could not build ${good}: the compiler was closed`;
  for (const failed of [...(await Promise.all(builds)), await outcome(warm.build(good))]) {
    expect(failed).toBeInstanceOf(BuildError);
    expect((failed as BuildError).message).toBe(message);
  }
  await warm.close();
});

it("tells options that cannot cross to a thread", async () => {
  await using warm = compiler();
  const odd = outcome(warm.build(good, { name: (() => {}) as unknown as string }));
  expect(String(await odd)).toBe("DataCloneError: () => {} could not be cloned.");
  expect((await warm.build(good, { optimize: "debug" })).manifest.exports).toHaveLength(1);
});

it("lets a process end when there is nothing to build", async () => {
  const module = new URL("../../host/dev/mod.ts", import.meta.url).href;
  const program = write(
    "program.mjs",
    `import { compiler } from ${JSON.stringify(module)};
const { wasm } = await compiler().build(${JSON.stringify(good)}, { optimize: "debug" });
console.log(WebAssembly.validate(wasm));
`,
  );
  const { VITEST: _, ...env } = process.env;
  const sources = new URL("../sources.mjs", import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [`--import=${sources}`, program], {
    env,
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
  });
  expect(stdout).toBe("true\n");
});
