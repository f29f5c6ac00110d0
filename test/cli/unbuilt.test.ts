/** A source that does not build, from every verb that builds: with the place as its author can open it, and what to do. */
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { command } from "./command.ts";
import { type Folder, folder } from "./folder.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const PLUGIN = `import { each } from "./inner/each";

export function sum(xs: Array<i32>): i32 {
  console.log("sum");
  return each(xs);
}
`;
const EACH = `export function each(xs: Array<i32>): i32 {
  let sum = 0;
  for (const x of xs) sum += x;
  return sum;
}
`;
const HINT =
  "write for (let i = 0; i < list.length; i++); of a Map or Set, loop over keys() or values(), which are arrays";

let own: Folder;
beforeAll(async () => {
  own = await folder();
  const settings = { entry: "src/plugin.ts", interface: "acme:visits/counter@1.0.0" };
  await own.write(
    "visits/package.json",
    JSON.stringify({ name: "visits", version: "1.0.0", moult: settings }),
  );
  await own.write("visits/src/plugin.ts", PLUGIN);
  await own.write("visits/src/inner/each.ts", EACH);
  await symlink(modules, join(own.path, "visits", "node_modules"), "junction");
});

/** How each verb is asked for it. */
const VERBS: readonly (readonly [verb: string, ...more: string[]])[] = [
  ["build"],
  ["check"],
  ["run", "sum", "[1]"],
  ["bench"],
  ["test"],
];

describe.each(VERBS)("moult %s", (verb, ...more) => {
  it.each([
    [".", "visits", "visits/src/"],
    ["visits", ".", "src/"],
    ["visits/src", "..", ""],
    ["visits/src/inner", "../plugin.ts", "../"],
  ])("in %s says places from there, with the hint", async (cwd, path, before) => {
    const { exit, out, err } = await command([verb, path, ...more], { cwd: join(own.path, cwd) });
    expect([exit, out]).toEqual([1, ""]);
    const file = cwd === "visits/src/inner" ? "each.ts" : `${before}inner/each.ts`;
    expect(err).toContain(`${file}:3:3 error AS100: Not implemented: Iterators\n3 |   for (const x of xs)`);
    expect(err).toContain(`\nhint: ${HINT}\n`);
  });

  it("prints it as JSON, the places too", async () => {
    const { exit, out } = await command([verb, "visits", ...more, "--json"], { cwd: own.path });
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^could not build visits.*: 1 error$/),
      diagnostics: [{ file: "visits/src/inner/each.ts", line: 3, column: 3, hint: HINT }],
    });
  });
});

it("moult dev says the same of a save", async () => {
  const input = new PassThrough();
  const ended = new AbortController();
  const records: { event: string }[] = [];
  const { err } = await command(["dev", "visits"], { cwd: own.path, ...stopping() });
  expect(err).toContain("visits/src/inner/each.ts:3:3 error AS100: Not implemented: Iterators\n");
  expect(err).toContain(`\nhint: ${HINT}\n`);
  await command(["dev", "visits", "--json"], {
    cwd: own.path,
    input,
    signal: ended.signal,
    onOut(line) {
      records.push(JSON.parse(line));
      ended.abort();
    },
  });
  expect(records[0]).toMatchObject({
    event: "failed",
    diagnostics: [{ file: "visits/src/inner/each.ts", line: 3, column: 3, hint: HINT }],
  });
});

/** Input whose first line is read when the first build is over. */
function stopping() {
  const input = new PassThrough();
  input.write(".exit\n");
  return { input };
}

it("what fails otherwise is one JSON document too", async () => {
  await own.write("broken/package.json", "{");
  await own.write("text.wasm", "no module");
  const failed = async (...args: string[]) => {
    const { exit, out } = await command([...args, "--json"], { cwd: own.path });
    return { exit, ...JSON.parse(out) };
  };
  expect(await failed("build", "broken")).toMatchObject({
    exit: 2,
    ok: false,
    error: expect.stringContaining("it is not JSON"),
  });
  expect(await failed("check", "nowhere")).toMatchObject({
    exit: 2,
    ok: false,
    error: expect.stringContaining("could not find"),
  });
  expect(await failed("run", "text.wasm")).toMatchObject({
    exit: 1,
    ok: false,
    error: expect.stringContaining("could not load"),
  });
  expect(await failed("inspect", "text.wasm")).toMatchObject({ ok: false });
  expect(await failed("dev", "nowhere")).toMatchObject({ exit: 2, ok: false });
  expect(await failed("new", "BAD")).toMatchObject({
    exit: 2,
    ok: false,
    hint: expect.stringContaining("small letters"),
  });
});

it("a byte order mark before package.json and asconfig.json means nothing", async () => {
  const mark = "\ufeff";
  const settings = { name: "marked", version: "2.1.0", moult: { interface: "acme:visits/marked@1.0.0" } };
  await own.write("marked/package.json", `${mark}${JSON.stringify(settings)}`);
  await own.write("marked/asconfig.json", `${mark}{ "extends": "./base.json" }`);
  await own.write("marked/base.json", `${mark}{ "options": { "noAssert": true } }`);
  await own.write(
    "marked/plugin.ts",
    `${mark}export function f(): bool { return isDefined(ASC_NO_ASSERT) && ASC_NO_ASSERT; }\n`,
  );
  const { exit, out, err } = await command(["run", "marked", "f", "--json"], { cwd: own.path });
  expect([exit, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toEqual({ plugin: "marked", version: "2.1.0", function: "f", answer: true });
});

it("what is checked from source is what moult build writes, so that the same source is no other code", async () => {
  await own.write("same/package.json", JSON.stringify({ name: "same", version: "1.0.0" }));
  await own.write("same/plugin.ts", "export function f(): bool { return true; }\n");
  expect((await command(["build", "same"], { cwd: own.path })).exit).toBe(0);
  const { exit, out } = await command(["check", "same", "--from", "same/build/same.wasm"], { cwd: own.path });
  expect(out).toContain("1.0.0 -> 1.0.0; nothing changed");
  expect(exit).toBe(0);
});
