import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "moult";
import { expect, it } from "vitest";
import { manifest, wat } from "../faults/guest.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const faults = versions(new URL("../guests/faults/", import.meta.url));
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const greeter = versions(new URL("../../wasm-plugins/greeter/", import.meta.url));
const guests = fileURLToPath(new URL("../guests/cli/", import.meta.url));
const run = (...args: string[]) => command(["run", ...args], { cwd });

await write("counter.wasm", await counter("v1"));
await write("greeter.wasm", await greeter("v1"));
await write("shapes.wasm", await faults("shapes"));

it("calls a function and prints its answer", async () => {
  expect(await run("counter.wasm", "add", "4")).toEqual({ exit: 0, out: "4\n", err: "" });
});

it("takes records and enums, and prints a result's value", async () => {
  const person = '{"name":"Ann","title":"Dr"}';
  expect(await run("greeter.wasm", "greet", person, "formal")).toEqual({
    exit: 0,
    out: '"Good day, Dr Ann"\n',
    err: "",
  });
  expect((await run("greeter.wasm", "initials", `[${person}]`)).out).toBe('{ "A": 1 }\n');
  expect((await run("greeter.wasm", "oldest", "[]")).out).toBe("null\n");
});

it("takes 64-bit integers and bytes whole", async () => {
  const most = "18446744073709551615";
  expect((await run("shapes.wasm", "long", most)).out).toBe(`"${most}"\n`);
  expect((await run("shapes.wasm", "raw", '"AQID"')).out).toBe("[1, 2, 3]\n");
  expect((await run("shapes.wasm", "small", "-7")).out).toBe("-7\n");
});

it("gives one JSON document", async () => {
  const { exit, out, err } = await run("counter.wasm", "add", "4", "--json");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  expect(JSON.parse(out)).toEqual({ plugin: "counter", version: "1.0.0", function: "add", answer: 4 });
  const refused = await run("shapes.wasm", "divide", "1", "0", "--json");
  expect(refused.exit).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({ function: "divide", error: "nothing divides by 0" });
});

it("limits a call as a host would, and says how much it did", async () => {
  const told = await run("counter.wasm", "add", "4", "--fuel", "100000", "--memory", "16");
  expect(told).toMatchObject({ exit: 0, out: "4\n" });
  expect(told.err).toMatch(/^took \d+ units of fuel\n$/);
  const { fuel } = JSON.parse((await run("counter.wasm", "add", "4", "--fuel", "100000", "--json")).out);
  expect(told.err).toContain(String(fuel));
  // What was said is enough, and one less is not.
  expect((await run("counter.wasm", "add", "4", "--fuel", String(fuel))).out).toBe("4\n");
  const refused = await run("counter.wasm", "add", "4", "--fuel", String(fuel - 1));
  expect(refused).toMatchObject({ exit: 1, out: "" });
  expect(refused.err).toContain("(limits.fuel)");
  // An answer that is an error counts too.
  expect((await run("shapes.wasm", "divide", "1", "0", "--fuel", "100000")).err).toMatch(/took [\d,]+ units/);
});

it("stops a call that takes too long, and refuses a memory that is too small", async () => {
  await write("spin.wasm", (await build(join(guests, "../limits/runaway.ts"))).wasm);
  const late = await run("spin.wasm", "spin", "--deadline", "100");
  expect(late).toMatchObject({ exit: 1, out: "" });
  expect(late.err).toContain("it took longer than the 100 ms of a call (limits.deadline)");
  const full = await run("spin.wasm", "keep", "64", "--memory", "8");
  expect(full.exit).toBe(1);
  expect(full.err).toContain("runaway.keep trapped");
  expect(full.err).toContain("it may have 8 MiB of memory; if it needs more, say --memory");
  expect(await run("spin.wasm", "keep", "64", "--memory", "128")).toMatchObject({ exit: 0 });
  for (const wrong of ["0", "-1", "much", "1.5"])
    expect(await run("counter.wasm", "add", "4", `--fuel=${wrong}`)).toMatchObject({ exit: 2, out: "" });
});

it("lists the functions when none is named", async () => {
  expect(await run("counter.wasm")).toEqual({
    exit: 0,
    out: "  add     (step: u32) -> u32\n  value   () -> u32\n",
    err: "counter 1.0.0 has these functions:\n",
  });
  expect(JSON.parse((await run("counter.wasm", "--json")).out).functions).toEqual([
    { name: "add", type: "(step: u32) -> u32" },
    { name: "value", type: "() -> u32" },
  ]);
});

it("exits with 1 when the plugin answers an error, and prints it", async () => {
  expect(await run("shapes.wasm", "divide", "1", "0")).toEqual({
    exit: 1,
    out: "",
    err: 'error: counter.divide answered an error: "nothing divides by 0"\n',
  });
  expect((await run("shapes.wasm", "locate", "here")).err).toBe(
    'error: counter.locate answered an error: { "x": 0, "labels": ["here"] }\n',
  );
});

it("says what a plugin trapped with, and in which of its functions", async () => {
  await write("trap.wasm", await faults("trap-in-call"));
  const { exit, out, err } = await run("trap.wasm", "add", "13");
  expect({ exit, out }).toEqual({ exit: 1, out: "" });
  expect(err.replace(/0x[0-9a-f]+/g, "0x")).toBe(
    "error: counter.add trapped: 13 is unlucky (trap-in-call.ts:6:19)\n" +
      "    at trap-in-call/add (byte 0x)\n    at ~lib/moult/exports/call0 (byte 0x)\n",
  );
});

it("shows the author's line of a trap: of sources, and of a module with its source map beside it", async () => {
  const source = `export function half(n: i32): i32 {
  return n / (n - n);
}
`;
  await write("trap/plugin.ts", source);
  const lines = `error: trap.half trapped: divide by zero
plugin.ts
2 |   return n / (n - n);
             ^
    at half (plugin.ts:2:10)
`;
  await write("trap/package.json", JSON.stringify({ name: "trap", version: "1.0.0" }));
  const placed = lines.replaceAll("plugin.ts", "trap/plugin.ts");
  expect((await run("trap", "half", "1")).err).toContain(placed);

  const { wasm, sourceMap } = await build(join(cwd, "trap", "plugin.ts"), {
    name: "trap",
    optimize: "debug",
  });
  await write("mapped.wasm", wasm);
  await write("mapped.wasm.map", sourceMap!);
  expect((await run("mapped.wasm", "half", "1")).err).toBe(lines);
  await write("mapped.wasm.map", "no map");
  expect((await run("mapped.wasm", "half", "1")).err).toMatch(
    /divide by zero\n {4}at plugin\/half \(byte 0x/,
  );
});

it.each([
  [
    ["ad", "4"],
    "could not call counter.ad: there is no such function",
    "did you mean add? its functions are add, value",
  ],
  [
    ["nothing-like-it"],
    "could not call counter.nothing-like-it: there is no such function",
    "its functions are add, value",
  ],
  [
    ["add"],
    "could not call counter.add: wanted 1 argument, found 0; it was not called",
    "add takes (step: u32) -> u32",
  ],
  [
    ["value", "1", "2"],
    "could not call counter.value: wanted 0 arguments, found 2; it was not called",
    "value takes () -> u32",
  ],
  [
    ["add", "-1"],
    "[argument] could not call counter.add: parameter step: wanted a u32 (0 to 4294967295), found -1; it was not called",
    "add takes (step: u32) -> u32",
  ],
  [
    ["add", "{"],
    "could not call counter.add: parameter step: wanted u32 as JSON, found {; it was not called",
    "add takes (step: u32) -> u32",
  ],
])("exits with 2 when it is asked wrongly, and says what there is: %j", async (args, problem, hint) => {
  expect(await run("counter.wasm", ...args)).toEqual({
    exit: 2,
    out: "",
    err: `error: ${problem}\nhint: ${hint}\n`,
  });
});

it("names the grant that is missing, and takes it", async () => {
  const { wasm } = await build(join(guests, "noisy.ts"));
  await write("noisy.wasm", wasm);
  expect(await run("noisy.wasm", "tell", "psst", "--grant", "log")).toEqual({
    exit: 1,
    out: "",
    err:
      "error: [missing-grant] could not load cli 1.0.0: it asks for what it was not granted: wasi:clocks/wall-clock@0.2.3\n" +
      "hint: give it --grant clock\n",
  });
  const granted = await run("noisy.wasm", "tell", "psst\x1b[2J", "--grant", "log", "--grant", "clock");
  expect(granted).toEqual({ exit: 0, out: "1\n", err: "warn: psst\\x1b[2J\n" });
  expect(await run("noisy.wasm", "tell", "psst", "--grant", "money")).toEqual({
    exit: 2,
    out: "",
    err: "error: could not grant money: wanted one of log, clock, random, config, kv, http\n",
  });
});

it("says that a capability of a host's own cannot be granted here", async () => {
  await write("grants.wasm", await faults("two-grants"));
  const { exit, err } = await run("grants.wasm", "look", "--grant", "log");
  expect(exit).toBe(1);
  expect(err).toBe(
    "error: [missing-grant] could not load counter 1.0.0: it asks for what it was not granted: " +
      "test:faults/metrics@1.0.0, wasi:random/random@0.2.3\n" +
      "hint: give it --grant random; only a host's program can grant a capability of its own\n",
  );
});

it("builds a folder or an entry file, and grants what its settings say", async () => {
  expect(await run(guests, "tell", "psst")).toEqual({ exit: 0, out: "1\n", err: "warn: psst\n" });
  expect(await run(join(guests, "noisy.ts"), "tell", "psst", "--quiet")).toEqual({
    exit: 0,
    out: "1\n",
    err: "",
  });
});

it("tells what does not compile, with its place", async () => {
  await write("broken.ts", "export function f(): i32 { return nothing; }\n");
  const { exit, out, err } = await run("broken.ts", "f");
  expect({ exit, out }).toEqual({ exit: 1, out: "" });
  expect(err).toContain("Cannot find name 'nothing'");
});

it("begins with a snapshot, and saves one", async () => {
  const saved = await run("counter.wasm", "add", "4", "--save", "c.avro");
  expect(saved.err).toMatch(/^saved \d+ bytes to c\.avro\n$/);
  expect((await run("counter.wasm", "add", "3", "--state", "c.avro", "--save", "c.avro")).out).toBe("7\n");
  expect((await run("counter.wasm", "value", "--state", "c.avro")).out).toBe("7\n");
  const plugin = await load(await counter("v1"), { state: await readFile(join(cwd, "c.avro")) });
  expect(await plugin.call.value!()).toBe(7);
  await plugin.close();
  expect((await readdir(cwd)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it("changes no file when the call traps, or the snapshot has no place", async () => {
  await write("trap.wasm", await faults("trap-in-call"));
  await write("kept.avro", "what it held");
  expect((await run("trap.wasm", "add", "13", "--save", "kept.avro")).exit).toBe(1);
  expect(await readFile(join(cwd, "kept.avro"), "utf8")).toBe("what it held");
  const lost = await run("counter.wasm", "add", "1", "--save", "no/where.avro");
  expect(lost.exit).toBe(1);
  expect(lost.err).toMatch(/^error: could not save no\/where\.avro: ENOENT.*; what it held is as it was\n$/);
});

it("refuses to save what has no state before anything is called", async () => {
  expect(await run("greeter.wasm", "oldest", "[]", "--save", "x.avro")).toEqual({
    exit: 2,
    out: "",
    err: "error: could not save x.avro: greeter 1.0.0 has no state; nothing was called\n",
  });
});

it("refuses a state that is none, or another plugin's", async () => {
  await write("none.avro", "{}");
  expect(await run("counter.wasm", "value", "--state", "none.avro")).toEqual({
    exit: 1,
    out: "",
    err:
      "error: could not begin from none.avro: [bad-snapshot] could not load bytes with the given state: " +
      "at byte 0 of 2: found no Avro object container file (it begins with 7b7d)\n",
  });
  expect(await run("counter.wasm", "value", "--state", "nowhere.avro")).toEqual({
    exit: 2,
    out: "",
    err: "error: could not read nowhere.avro: there is no such file\n",
  });
});

it("gives no hint where no grant would help", async () => {
  const fields = '(import "config" "limit" (global i32)) (memory (export "memory") 1) (func (export "f"))';
  const said = manifest({ exports: [{ name: "f", params: [] }] });
  await write("limit.wasm", await wat(fields, { manifest: said }));
  expect(await run("limit.wasm", "f")).toEqual({
    exit: 1,
    out: "",
    err: "error: [missing-grant] could not load hand 1.0.0: it asks for what it was not granted: config.limit (global)\n",
  });
});

it("says what a module looks like that is no plugin, and that one is damaged", async () => {
  const cart = '(import "env" "memory" (memory 1 1)) (import "env" "blit" (func)) (func (export "update"))';
  await write("cart.wasm", await wat(cart, { markers: [], manifest: undefined }));
  expect((await run("cart.wasm", "update")).err).toBe(
    "error: could not load cart.wasm: it has no manifest, so it does not tell the types of its functions\n" +
      "hint: it looks like a WASM-4 cart (it imports env.blit): it runs in WASM-4's own console\n",
  );
  // A function whose code is no code.
  const damaged = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4, 1, 2, 0, 0xff];
  await write("damaged.wasm", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...damaged));
  expect((await run("damaged.wasm", "f")).err).toBe(
    "error: could not load damaged.wasm: it is not valid WebAssembly\nhint: moult inspect says why\n",
  );
});

it("says what a file is that is no plugin", async () => {
  await write("plain.wasm", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  expect(await run("plain.wasm", "f")).toEqual({
    exit: 1,
    out: "",
    err:
      "error: could not load plain.wasm: it has no manifest, so it does not tell the types of its functions\n" +
      "hint: build it with moult's transform; a plain AssemblyScript module is loaded by a program, with a contract\n",
  });
  const manifest = [...new TextEncoder().encode("\x0emoult:manifest{")];
  await write("bad.wasm", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, manifest.length, ...manifest));
  const bad = await run("bad.wasm", "f");
  expect(bad.exit).toBe(1);
  expect(bad.err).toMatch(/^error: could not load bad\.wasm: the manifest is not JSON in UTF-8: .+\n$/);
  await write("text.txt", "hello");
  expect(await run("text.txt", "f")).toEqual({
    exit: 1,
    out: "",
    err: "error: could not load text.txt: it is neither a WebAssembly module nor a snapshot: it begins with 68656c6c6f\n",
  });
  expect((await run("nowhere.wasm", "f")).err).toBe(
    "error: could not read nowhere.wasm: there is no such file\n",
  );
});

it("exits with 130 when it is interrupted before the call", async () => {
  const { exit, out } = await command(["run", "counter.wasm", "add", "1"], {
    cwd,
    signal: AbortSignal.abort(),
  });
  expect({ exit, out }).toEqual({ exit: 130, out: "" });
});

const main = fileURLToPath(new URL("../../dist/bundle/cli.js", import.meta.url));

it.skipIf(!existsSync(main) || process.platform === "win32")(
  "ends at Ctrl-C while a plugin never answers (needs the built command: npm run build)",
  async () => {
    const { wasm } = await build(join(guests, "endless.ts"), { optimize: "debug" });
    await write("endless.wasm", wasm);
    const child = spawn(process.execPath, [main, "run", "endless.wasm", "spin", "--grant", "log"], { cwd });
    const ended = new Promise<unknown>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    const said = await new Promise((resolve) => child.stderr.once("data", resolve));
    expect(String(said)).toBe("info: spinning\n");
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
  },
);
