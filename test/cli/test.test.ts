import { existsSync } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Author, author, visits } from "../testing/author.ts";
import { command } from "./command.ts";

const root = new URL("../../", import.meta.url);
const GREEN = `import { loadPlugin } from "moult/testing";
import { expect, it } from "vitest";
it("counts", async () => {
  const { call } = await loadPlugin("./plugin.ts");
  expect(await call.visit("/")).toBe(1n);
});
`;

let one: Author;
beforeEach(async () => {
  one = await author({
    "plugin.ts": visits(""),
    "plugin.test.ts": GREEN,
    "vitest.config.mjs": `import config from ${JSON.stringify(new URL("vitest.config.ts", root).pathname)};
export default { resolve: config.resolve, ssr: config.ssr, test: { testTimeout: 60_000 } };
`,
  });
  await symlink(new URL("node_modules", root), one.path("node_modules"), "junction");
});
afterEach(() => one.leave());

const test = (...args: string[]) => command(["test", ...args], { cwd: one.folder });

it("builds the plugin and runs its tests, and leaves the process as it was", async () => {
  const before = process.exitCode;
  const { exit, out, err } = await test();
  expect([exit, err]).toEqual([0, ""]);
  expect(out).toMatch(/plugin\.test\.ts[\s\S]*Tests .*1 passed/);
  expect(process.exitCode).toBe(before);
});

it("goes on printing when a worker ends before the others", async () => {
  for (const name of ["a", "b", "c"]) await one.write(`${name}.test.ts`, GREEN.replace("counts", name));
  const { exit, out } = await test("--", "--no-file-parallelism");
  expect(exit).toBe(0);
  expect(out.match(/✓.*\.test\.ts/g)).toHaveLength(4);
  expect(out).toMatch(/Tests .*4 passed/);
});

it("exits with 1 when a test is red, and shows why", async () => {
  await one.write("plugin.test.ts", GREEN.replace("1n", "2n"));
  const before = process.exitCode;
  const { exit, out } = await test();
  expect(exit).toBe(1);
  expect(out).toMatch(/expected 1n to be 2n/);
  expect(process.exitCode).toBe(before);
});

it("exits with 1 when a test file breaks before its tests, or something is thrown that nobody waits for", async () => {
  await one.write("plugin.test.ts", 'throw new Error("broken");');
  expect((await test()).exit).toBe(1);
  await one.write(
    "plugin.test.ts",
    'import { it } from "vitest";\nit("is fine", () => { Promise.reject(new Error("stray")); });',
  );
  expect((await test()).exit).toBe(1);
});

it("exits with 1 when the plugin does not build, without running anything", async () => {
  await one.write("plugin.ts", 'export function f(): i32 { return "x"; }\n');
  const { exit, out, err } = await test();
  expect([exit, out]).toEqual([1, ""]);
  expect(err).toMatch(
    /^plugin\.ts:1:35 error TS2322: .*\n1 \| export function f\(\): i32 \{ return "x"; \}\n +\^\^\^\n[\s\S]*error: could not build visits: 1 error\n$/,
  );
  expect(JSON.parse((await test("--json")).out)).toMatchObject({
    name: "visits",
    ok: false,
    diagnostics: [{ line: 1 }],
  });
});

it("passes what stands after the hyphens to vitest", async () => {
  await one.write(
    "other.test.ts",
    'import { it } from "vitest";\nit("fails", () => { throw new Error("no"); });',
  );
  expect((await test()).exit).toBe(1);
  expect((await test("--", "plugin.test.ts")).exit).toBe(0);
  expect((await test(".", "--", "-t", "counts")).exit).toBe(0);
  const { exit, err } = await test("--", "--pool=forks", "--pool=threads");
  expect([exit, err]).toEqual([
    2,
    'error: vitest does not take its arguments: Expected a single value for option "--pool <pool>", received ["forks", "threads"]\n',
  ]);
});

it("exits with 2 when there is nothing to run", async () => {
  await one.write("plugin.test.ts", "");
  await one.write("vitest.config.mjs", 'export default { test: { include: ["none/*.test.ts"] } };');
  const { exit, err } = await test("--quiet");
  expect([exit, err]).toEqual([
    2,
    "error: could not test visits: there are no tests to run\n" +
      "hint: write one, like test/plugin.test.ts; moult new makes a plugin that has some\n",
  ]);
});

it("exits with 2 where there is no plugin, and for two of them", async () => {
  expect(await test("none")).toEqual({
    exit: 2,
    out: "",
    err: `error: could not find ${one.path("none")}: there is no such file or folder\n`,
  });
  expect(await test("a", "b", "--", "-t", "x")).toEqual({
    exit: 2,
    out: "",
    err:
      "error: could not test a b: wanted one folder or entry file\n" +
      "hint: what is for vitest stands after --: moult test -- b\n",
  });
});

it.each([
  ["that breaks off", "export default {", /vitest\.config\.mjs:1:\d+/],
  ["that throws", 'throw new Error("no database here");', /no database here/],
  ["that imports what is not installed", 'import "not-there";', /not-there/],
  ["whose set-up is not there", 'export default { test: { globalSetup: "./gone.ts" } };', /gone\.ts/],
  ["whose projects are none", 'export default { test: { projects: ["packages/*"] } };', /packages/],
])("tells a configuration of vitest %s as its author's, without colours", async (_, config, why) => {
  await one.write("vitest.config.mjs", config);
  const { exit, err } = await test();
  expect(exit).toBe(2);
  const [line = "", ...more] = err.slice(err.indexOf("error: ")).split("\n");
  expect(line).toMatch(
    /^error: could not test visits: vitest does not start, as vitest\.config\.mjs has it: /,
  );
  expect([line, ...more].join("\n")).toMatch(why);
  for (const unwanted of ["fault of its own", "x1b", "\u001b"]) expect(err).not.toContain(unwanted);
});

it("says what to install when there is no vitest", async () => {
  const bare = await author({ "plugin.ts": visits("") });
  expect(await command(["test", bare.folder])).toEqual({
    exit: 2,
    out: "",
    err: "error: could not test: vitest is not installed\nhint: npm install --save-dev vitest@4\n",
  });
  await bare.leave();
});

it("prints the result as one JSON document, and what vitest says to standard error", async () => {
  const { out, err } = await test("--json");
  expect(JSON.parse(out)).toEqual({
    name: "visits",
    ok: true,
    passed: 1,
    failed: 0,
    skipped: 0,
    released: [],
  });
  expect(err).toMatch(/1 passed/);
  expect((await test("--json", "--quiet")).err).toBe("");
});

const RELEASE = `import { expectReleased } from "moult/testing";
import { it } from "vitest";
it("reads what was released", async () => {
  await expectReleased("./plugin.ts", { drive: (call) => call.visit("/"), observe: (call) => call.total() });
});
`;

it("writes the state of this version once, when it is told to release", async () => {
  await one.write("plugin.test.ts", RELEASE);
  expect((await test()).exit).toBe(0);
  expect(existsSync(one.path("released"))).toBe(false);
  const { exit, err } = await test("--release");
  expect([exit, err]).toEqual([0, "released: released/1.0.0.avro; commit it\n"]);
  const first = await readFile(one.path("released/1.0.0.avro"));

  await one.write("plugin.test.ts", RELEASE.replace('call.visit("/")', "undefined"));
  expect((await test("--release")).exit).toBe(1);
  expect(await readFile(one.path("released/1.0.0.avro"))).toEqual(first);
});

it("takes back what it would have released when another test is red", async () => {
  await one.write("plugin.test.ts", RELEASE);
  await one.write(
    "z.test.ts",
    'import { it } from "vitest";\nit("fails", () => { throw new Error("no"); });',
  );
  expect(await test("--release")).toMatchObject({
    exit: 1,
    err: "not released: released/1.0.0.avro; there were failures\n",
  });
  expect(existsSync(one.path("released/1.0.0.avro"))).toBe(false);
});

it("says so when no test asks for what was released", async () => {
  expect(
    await test("--release", "--quiet", "--", "--reporter=json", `--outputFile=${one.path("x")}`),
  ).toMatchObject({
    exit: 1,
    err:
      "error: could not release visits: no test asks for what was released\n" +
      "hint: call expectReleased of moult/testing in one\n",
  });
});

it("ends a test that does not end when it is interrupted, and leaves no worker", async () => {
  const started = one.path("started");
  await one.write(
    "plugin.test.ts",
    `import { writeFileSync } from "node:fs";
import { it } from "vitest";
it("hangs", async () => {
  writeFileSync(${JSON.stringify(started)}, String(process.pid));
  await new Promise(() => {});
});
`,
  );
  const interrupt = new AbortController();
  const running = command(["test"], { cwd: one.folder, signal: interrupt.signal });
  await expect.poll(() => existsSync(started), { timeout: 60_000, interval: 20 }).toBe(true);
  interrupt.abort();
  const { exit, err } = await running;
  expect([exit, err]).toEqual([130, "interrupted\n"]);
  const worker = Number(await readFile(started, "utf8"));
  expect(() => process.kill(worker, 0)).toThrow("ESRCH");
});
