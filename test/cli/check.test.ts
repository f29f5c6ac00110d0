import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPrintable } from "../../abi/printable.ts";
import { clip, wrap } from "../../host/cli/page/wrap.ts";
import { load } from "../../host/mod.ts";
import { Counter, guest, type ManifestParts, manifest, wat } from "../faults/guest.ts";
import { versions } from "../versions.ts";
import { type CommandOptions, command } from "./command.ts";

let folder: string;
const contracts = fileURLToPath(new URL("contracts", import.meta.url));
const MEMORY = '(memory (export "memory") 1)';
const STATE = "moult:plugin/state@1.0.0";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-check-"));
  const write = (name: string, bytes: string | Uint8Array) => writeFile(join(folder, name), bytes);
  await write("counter-1.0.0.wasm", await guest("counter"));
  await write("counter-1.0.1.wasm", await guest("counter", "1.0.1"));
  await write("granted-1.1.0.wasm", await guest("granted", "1.1.0"));
  await write("narrow.wasm", await guest("narrow", "2.0.0"));
  await write("retyped.wasm", await guest("retyped", "1.0.1"));
  await write("complaint.wasm", await guest("complaint", "1.0.1"));
  const held = versions(new URL("../guests/answers/", import.meta.url));
  await write("held.wasm", await held("module-variable"));
  await write("page.wasm", "<!doctype html>");
  await write("note.avro", "no snapshot");
  await write("drive.json", '\ufeff[["add", 2], ["add", 3]]');
  await write("strange.json", '[["subtract", 2]]');
  await write("half.json", '[["add"');
  await using plugin = await load(Counter, await guest("counter"));
  await plugin.call.add(7);
  await write("seven.avro", await plugin.snapshot());
});
afterAll(() => rm(folder, { recursive: true }));

/** Types `moult check ...` in the folder; times are left out of what it printed. */
async function check(args: string, options: CommandOptions = {}) {
  const { exit, out, err } = await command(["check", ...args.split(" ")], { cwd: folder, ...options });
  return { exit, out: out.replaceAll(/[\d.]+ ms/g, "_ ms"), err };
}
/** The last lines: what it comes to. */
async function verdict(args: string) {
  const { exit, out } = await check(args);
  return {
    exit,
    says: out
      .slice(out.lastIndexOf("\n\n") + 2)
      .replaceAll(/\n +/g, " ")
      .trimEnd(),
  };
}

/** A module by hand, in a file. */
async function hand(name: string, fields: string, parts: ManifestParts = {}): Promise<string> {
  await writeFile(join(folder, name), await wat(fields, { manifest: manifest(parts) }));
  return name;
}
const serving = (name = "run", parts: object = {}) => ({
  interface: "a:b/c@1.0.0",
  exports: [{ name, params: [], ...parts }],
});

describe("a report", () => {
  it("of a version that may take over", async () => {
    expect(await check("counter-1.0.1.wasm --from counter-1.0.0.wasm --drive drive.json")).toEqual({
      exit: 0,
      err: "",
      out: `counter 1.0.1, to replace 1.0.0

Module       ok           keeps to the ABI
Interface    the same
Version      ok
    interface  1.0.0 -> 1.0.0; nothing changed
    plugin     1.0.0 -> 1.0.1; other code asks for 1.0.1 or more
Permissions  none         it reaches nothing
State        crosses      as it is
    value  kept
    names  kept
Rehearsal    ok
    counter 1.0.0 starts
    counter 1.0.0 answered 2 calls
    counter 1.0.0 saves 9 bytes, twice the same, and comes back from them
    counter 1.0.1 takes the state over, and finds it right
    counter 1.0.1 saves 9 bytes: every old value is in them
    a dry run of the swap went through, and nothing of it is left
    swapped for itself, counter 1.0.0 answers 2 calls as before
    counter 1.0.1 answers 2 calls as counter 1.0.0 does
    swapped for itself, counter 1.0.1 answers 2 calls as before
    the dry run took prepare _ ms, save _ ms, restore _ ms, check _ ms

ok: nothing speaks against it
`,
    });
  });

  it("of a version that holds something outside of its state, which may be allowed", async () => {
    const { exit, out } = await check("held.wasm");
    expect(exit).toBe(1);
    expect(
      out.slice(out.indexOf("    a dry run")),
    ).toBe(`    a dry run of the swap went through, and nothing of it is left
  x swapped for itself, counter 1.0.0 answers otherwise, so it holds something outside of its state:
    counter, seen (module-variable.ts) may be why
  x hit("grüße 你好 🙂") is 1, and was 11
    the dry run took prepare _ ms, save _ ms, restore _ ms, check _ ms

refused: what is held outside of the state does not cross
`);
    expect(out).toContain(`State        keeps        total
  ! counter  begins anew with every version; mark it @transient if that is meant
             (module-variable.ts)
  ! seen     begins anew with every version; mark it @transient if that is meant
             (module-variable.ts)
`);
    expect(await verdict("held.wasm --allow answers")).toEqual({
      exit: 0,
      says: "ok: nothing speaks against it (allowed: what is held outside of the state does not cross)",
    });
    const { rehearsal } = JSON.parse((await check("held.wasm --json")).out);
    expect(rehearsal.answers.old.differing).toEqual([
      { name: "hit", call: 'hit("grüße 你好 🙂")', was: "11", is: "1", times: 2 },
    ]);
  });

  it("of a module by itself, with what it reaches and keeps", async () => {
    expect(await check("granted-1.1.0.wasm --no-rehearsal")).toEqual({
      exit: 0,
      err: "",
      out: `counter 1.1.0

Module       ok           keeps to the ABI
Permissions  asks for
    test:faults/metrics@1.0.0  look, act, tell, attempt
State        keeps        value, names
Rehearsal    skipped      it was not asked for

ok: nothing speaks against it; it was not rehearsed
`,
    });
  });

  it("of a version that would be refused says all of it, not the first alone", async () => {
    expect(
      await check(`retyped.wasm --from granted-1.1.0.wasm --contract ${join(contracts, "reset.mjs")}`),
    ).toEqual({
      exit: 1,
      err: "",
      out: `counter 1.0.1, to replace 1.1.0

Module       ok           keeps to the ABI
Contract     breaks
  x value, result  was string, is u32
  x reset          gone, was ()
Interface    breaks
  x look     gone, was () -> u32
  x act      gone, was (u32) -> u32
  x tell     gone, was (string)
  x attempt  gone, was (u32) -> string
Version      too low
  x interface  1.0.0 -> 1.0.0; what breaks asks for 2.0.0 or more
  x plugin     1.1.0 -> 1.0.1; what breaks asks for 2.0.0 or more
Permissions  none         it reaches nothing
  - test:faults/metrics@1.0.0  look, act, tell, attempt
State        LOST         so a swap is refused
  x value  LOST: was u32, is string
  x names  LOST: the new version has no such field
  x It has no steps

  What would lead there, in the new version's source:

  - A step. Above class Counter:

      class CounterV1 {
        value: u32 = 0;
        names: Array<string> = [];
      }

    and in class Counter:

      static from(old: CounterV1): Counter {
        const made = new Counter();
        throw new Error("decide what value becomes of old.value");
        throw new Error("decide what becomes of old.names");
        return made;
      }

Rehearsal    skipped      there is no way for the state

refused: it does not fit the contract test:faults/counter@1; it breaks callers of 1.1.0; the state
         does not cross
`,
    });
  });

  it("of what is no module", async () => {
    expect(await check("page.wasm --from counter-1.0.0.wasm")).toEqual({
      exit: 1,
      err: "",
      out: `no plugin, to replace counter 1.0.0

Module       broken
  x [not-wasm] could not load page.wasm: its 15 bytes do not begin as a WebAssembly module

refused: no host loads it
`,
    });
  });

  it("has colours on a terminal, and words that say the same without them", async () => {
    const { out } = await check("counter-1.0.1.wasm --no-rehearsal", { tty: true });
    expect(out).toContain("\x1b[1mModule       \x1b[22m\x1b[32mok           \x1b[39mkeeps to the ABI\n");
    expect(out).toContain("\x1b[33mskipped      \x1b[39mit was not asked for\n");
  });

  it("in JSON is one document, with all that the report has", async () => {
    const { exit, out, err } = await check(
      "counter-1.0.1.wasm --from counter-1.0.0.wasm --drive drive.json --json",
    );
    expect([exit, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({
      exit: 0,
      new: { name: "counter", version: "1.0.1", interface: "test:faults/counter@1.0.0" },
      old: { name: "counter", version: "1.0.0" },
      verdict: "well",
      refusals: [],
      unannounced: [],
      allowed: [],
      findings: [],
      interface: [],
      permissions: [],
      versions: [
        { of: "interface", asks: "none", lowest: "1.0.0", ok: true },
        { of: "plugin", asks: "patch", lowest: "1.0.1", ok: true },
      ],
      state: {
        kind: "same",
        steps: ["Counter"],
        fields: [{ path: "value", fate: "kept" }, { path: "names" }],
      },
      rehearsal: { ok: true, stateBytes: 9, record: { outcome: "rehearsed", stateBytes: 9 } },
    });
  });

  it("shows nothing raw of what a module says of itself", async () => {
    const name = await hand("raw.wasm", MEMORY, { name: "\x1b[2J\u202eevil" });
    const { exit, out, err } = await check(`${name} --no-rehearsal`);
    expect([exit, out.includes("[bad-manifest]")]).toEqual([1, true]);
    expect(`${out}${err}`.split("\n").filter((line) => !isPrintable(line))).toEqual([]);
  });

  it("stays short when a module says too much", async () => {
    const cases = Array.from({ length: 5000 }, (_, i) => `case-${i}`);
    const exports = Array.from({ length: 60 }, (_, i) => ({
      name: `f${i}`,
      params: [],
      result: { enum: cases.slice(0, 90) },
    }));
    const one = await hand("wide.wasm", MEMORY, { exports });
    const { exit, out } = await check(`${one} --from counter-1.0.0.wasm`);
    expect(exit).toBe(1);
    expect(out).toContain("    and 22 more (--json has them all)\n");
    expect(out).toMatch(/\.\.\. \(\d+ characters\)/);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe("it is refused, with exit code 1,", () => {
  it("when it breaks the ABI", async () => {
    const name = await hand("start.wasm", `${MEMORY} (func $main) (start $main)`);
    expect(await check(name)).toMatchObject({
      exit: 1,
      out: `hand 1.0.0

Module       broken
  x it has a start section, which runs when it is instantiated; export _initialize instead
  ! it serves no function
Permissions  none         it reaches nothing
State        none         it keeps nothing
Rehearsal    skipped      a module that breaks the ABI is not run

refused: it breaks the ABI
`,
    });
  });

  it("when it does not fit the host's contract", async () => {
    expect(
      await verdict(`counter-1.0.0.wasm --no-rehearsal --contract ${join(contracts, "reset.mjs")}`),
    ).toEqual({
      exit: 1,
      says: "refused: it does not fit the contract test:faults/counter@1",
    });
    expect(
      await verdict(`counter-1.0.0.wasm --no-rehearsal --contract ${join(contracts, "counter.mjs")}`),
    ).toEqual({
      exit: 0,
      says: "ok: nothing speaks against it; it was not rehearsed",
    });
  });

  it("when it breaks callers, unless that is allowed and its number says so", async () => {
    const one = await hand("run-1.wasm", `${MEMORY} (func (export "a:b/c@1.0.0#run"))`, serving());
    const two = await hand("walk-2.wasm", `${MEMORY} (func (export "a:b/c@2.0.0#walk"))`, {
      ...serving("walk"),
      version: "2.0.0",
      interface: "a:b/c@2.0.0",
    });
    expect(await verdict(`${two} --from ${one}`)).toEqual({
      exit: 1,
      says: "refused: it breaks callers of 1.0.0",
    });
    expect(await verdict(`${two} --from ${one} --allow breaking`)).toEqual({
      exit: 0,
      says: "ok: nothing speaks against it (allowed: it breaks callers of 1.0.0)",
    });
    const same = await hand("walk-1.wasm", `${MEMORY} (func (export "a:b/c@1.0.0#walk"))`, serving("walk"));
    expect(await verdict(`${same} --from ${one} --allow breaking`)).toEqual({
      exit: 3,
      says: "unannounced: the interface's version is 1.0.0, and what changed asks for 2.0.0; the plugin's version is 1.0.0, and what changed asks for 2.0.0 (allowed: it breaks callers of 1.0.0)",
    });
  });

  it("when the state does not cross", async () => {
    expect(await verdict("retyped.wasm --from counter-1.0.0.wasm")).toEqual({
      exit: 1,
      says: "refused: the state does not cross",
    });
  });

  it("when a snapshot does not cross", async () => {
    expect(await verdict("retyped.wasm --state seven.avro")).toEqual({
      exit: 1,
      says: "refused: the state does not cross",
    });
    expect((await verdict("counter-1.0.1.wasm --state seven.avro")).exit).toBe(0);
  });

  it("when the rehearsal fails", async () => {
    const { exit, out } = await check("complaint.wasm --from counter-1.0.0.wasm --state seven.avro");
    expect(exit).toBe(1);
    expect(out.slice(out.indexOf("Rehearsal"))).toBe(`Rehearsal    failed
    counter 1.0.0 loads from the snapshot
    counter 1.0.0 saves 6 bytes, twice the same, and comes back from them
  x [failed-check] counter 1.0.1 finds its state wrong: 7 is too many

refused: the rehearsal failed
`);
  });

  // The rehearsal has to come to the call on a busy machine too.
  it("when a guest does not end", async () => {
    const name = await hand(
      "spin.wasm",
      `${MEMORY} (func (export "a:b/c@1.0.0#spin") (loop $l (br $l)))`,
      serving("spin"),
    );
    const { exit, out } = await check(`${name} --timeout 10`);
    expect(exit).toBe(1);
    expect(out).toContain("  x the rehearsal did not end within _ ms, in the old version's call 1, spin\n");
  });

  it("when a guest asks for more memory than it may have, unless it may have more", async () => {
    const grow = `(if (i32.eq (memory.grow (i32.const 8192)) (i32.const -1)) (then unreachable))`;
    const name = await hand(
      "hoard.wasm",
      `${MEMORY} (func (export "a:b/c@1.0.0#hoard") ${grow})`,
      serving("hoard"),
    );
    await writeFile(join(folder, "hoard.json"), '[["hoard"]]');
    const { exit, out } = await check(`${name} --drive hoard.json`);
    expect(exit).toBe(1);
    expect(out).toContain("  x [trapped] could not call hand.hoard: version 1.0.0 trapped: unreachable;");
    expect((await check(`${name} --drive hoard.json --memory 1024`)).exit).toBe(0);
    const huge = await hand(
      "huge.wasm",
      '(memory (export "memory") 8192) (func (export "a:b/c@1.0.0#hoard"))',
      serving("hoard"),
    );
    expect((await check(huge)).out).toContain("  x [no-memory] hand 1.0.0: could not be instantiated: ");
    expect((await check(`${huge} --memory 1024`)).exit).toBe(0);
  });
});

describe("it is unannounced, with exit code 3,", () => {
  it("when it is other code with the same number", async () => {
    await writeFile(join(folder, "other.wasm"), await guest("trap-in-call"));
    expect(await verdict("other.wasm --from counter-1.0.0.wasm")).toEqual({
      exit: 3,
      says: "unannounced: the plugin's version is 1.0.0, and what changed asks for 1.0.1",
    });
    expect(await verdict("other.wasm --from counter-1.0.0.wasm --allow version")).toEqual({
      exit: 0,
      says: "ok: nothing speaks against it (allowed: the plugin's version is 1.0.0, and what changed asks for 1.0.1)",
    });
  });

  it("but the same bytes are the same version", async () => {
    expect((await verdict("counter-1.0.0.wasm --from counter-1.0.0.wasm")).exit).toBe(0);
  });

  it("when it adds without saying so, and asks for more", async () => {
    const args = "granted-1.1.0.wasm --from counter-1.0.0.wasm";
    const { exit, out } = await check(args);
    expect(exit).toBe(3);
    expect(out).toBe(`counter 1.1.0, to replace 1.0.0

Module       ok           keeps to the ABI
Interface    adds         callers go on as they are
  + look     new: () -> u32
  + act      new: (u32) -> u32
  + tell     new: (string)
  + attempt  new: (u32) -> string
Version      too low
  x interface  1.0.0 -> 1.0.0; what was added asks for 1.1.0 or more
    plugin     1.0.0 -> 1.1.0; what was added asks for 1.1.0 or more
Permissions  asks more
  + test:faults/metrics@1.0.0  look, act, tell, attempt
State        crosses      as it is
    value  kept
    names  kept
Rehearsal    skipped      it needs test:faults/metrics@1.0.0, which only a host of yours can grant;
                          rehearse it there, with dryRun

unannounced: the interface's version is 1.0.0, and what changed asks for 1.1.0; it asks for more
             than the version before
`);
    expect((await verdict(`${args} --allow version`)).exit).toBe(3);
    expect((await verdict(`${args} --allow permissions`)).exit).toBe(3);
    expect((await verdict(`${args} --allow permissions,version`)).exit).toBe(0);
    expect((await verdict(`${args} --allow permissions --allow version`)).exit).toBe(0);
  });
});

describe("a plugin's folder", () => {
  it("is built in memory, and granted what its package says", async () => {
    const root = join(folder, "visits");
    await mkdir(root);
    const pack = {
      name: "visits",
      version: "1.0.0",
      moult: { interface: "a:b/visits@1.0.0", grant: ["log"] },
    };
    await writeFile(join(root, "package.json"), JSON.stringify(pack));
    await writeFile(
      join(root, "plugin.ts"),
      `import { log, state } from "moult/guest";
@state
class Visits { all: u32 = 0; }
const visits = state<Visits>();
export function visit(): u32 { log.info("a visit"); return ++visits.all; }
`,
    );
    const { exit, out, err } = await check("visits");
    expect([exit, err]).toEqual([0, "building visits\n"]);
    expect(out).toContain("    visits 1.0.0 answered 8 made-up calls (seed 1)\n");
    const bare = { ...pack, moult: { interface: "a:b/visits@1.0.0" } };
    await writeFile(join(root, "package.json"), JSON.stringify(bare));
    expect((await check("visits/plugin.ts")).out).toContain(
      "Rehearsal    skipped      it needs log; grant it with --grant log\n",
    );
    expect((await check("visits --grant log")).out).toContain("Rehearsal    ok\n");
  });

  it("is built as its asconfig.json says, where a compiler that crashes ends no more than the check", async () => {
    const root = join(folder, "configured");
    await mkdir(root);
    const config = (options: object) => writeFile(join(root, "asconfig.json"), JSON.stringify({ options }));
    const wide = "export function lane(): i32 { return i32x4.extract_lane(i32x4.splat(3), 0); }\n";
    await writeFile(join(root, "plugin.ts"), wide);
    expect((await check("configured")).exit).toBe(1);
    await config({ enable: ["simd"] });
    expect((await check("configured")).exit).toBe(0);
    await writeFile(
      join(root, "fragile.mjs"),
      "export default class { afterParse() { process.exit(3); } }\n",
    );
    await config({ transform: "./fragile.mjs" });
    const { exit, err } = await check("configured");
    const crash = `could not build ${join(root, "plugin.ts")}: the compiler crashed: exit code 3`;
    expect([exit, err]).toEqual([1, `building configured\nerror: ${crash}\n`]);
  });

  it("that does not build is refused with the compiler's words", async () => {
    await writeFile(join(folder, "bad.ts"), "export function f(): string { return 1; }\n");
    const { exit, out, err } = await check("bad.ts");
    expect([exit, out]).toEqual([1, ""]);
    expect(err).toContain("Type 'i32' is not assignable to type '~lib/string/String'");
  });
});

describe("asked wrongly, it exits with 2 and says what is wrong:", () => {
  it.each([
    ["nowhere.wasm", "could not read nowhere.wasm: there is no such file"],
    ["counter-1.0.0.wasm --from nowhere.wasm", "could not read nowhere.wasm: there is no such file"],
    [
      "counter-1.0.0.wasm --from page.wasm",
      "could not use --from page.wasm: [not-wasm] could not load page.wasm: its 15 bytes do not begin as a WebAssembly module",
    ],
    [
      "counter-1.0.0.wasm --state note.avro",
      "could not use --state note.avro: at byte 0 of 11: found no Avro object container file (it begins with 6e6f2073)",
    ],
    [
      "counter-1.0.0.wasm --drive strange.json",
      'could not use --drive strange.json: call 1: there is no function "subtract"; there is add, value',
    ],
    [
      "counter-1.0.0.wasm --contract drive.json",
      "could not use --contract drive.json: wanted a .js or .mjs file that exports what contract() made",
    ],
    ["counter-1.0.0.wasm --contract nowhere.mjs", "could not read nowhere.mjs: there is no such file"],
    [
      "counter-1.0.0.wasm --grant log,money",
      "option '--grant <names>' argument 'log,money' is invalid. Wanted some of log, clock, random, config, kv, http.",
    ],
    [
      "counter-1.0.0.wasm --allow all",
      "option '--allow <names>' argument 'all' is invalid. Wanted some of permissions, version, breaking, answers.",
    ],
    [
      "counter-1.0.0.wasm --seed x",
      "option '--seed <number>' argument 'x' is invalid. Wanted a whole number from 0 to 4294967295.",
    ],
    [
      "counter-1.0.0.wasm --timeout 0",
      "option '--timeout <seconds>' argument '0' is invalid. Wanted a whole number from 1 to 86400.",
    ],
  ])("%s", async (args, message) => {
    expect(await check(args)).toEqual({ exit: 2, out: "", err: `error: ${message}\n` });
  });

  it("a drive that is no JSON", async () => {
    const { exit, err } = await check("counter-1.0.0.wasm --drive half.json");
    expect([exit, err.replace(/(not JSON: ).*/, "$1(the engine's words)")]).toEqual([
      2,
      "error: could not use --drive half.json: it is not JSON: (the engine's words)\n",
    ]);
  });

  it.each([
    ["none.mjs", "wanted one contract, and it exports none"],
    ["two.mjs", "wanted one contract, and it exports One, Two; make one of them the default export"],
    ["broken.mjs", "it failed when it was imported: no database"],
  ])("a contract from %s", async (name, message) => {
    const path = join(contracts, name);
    expect(await check(`counter-1.0.0.wasm --contract ${path}`)).toEqual({
      exit: 2,
      out: "",
      err: `error: could not use --contract ${path}: ${message}\n`,
    });
  });
});

it("breaks lines between words, under the first, and words that are longer than a line", () => {
  expect(wrap("one two three four", 30, 20)).toEqual(["one two three four"]);
  expect(wrap("a line that is too long for eighty columns", 40, 12)).toEqual([
    "a line that is too long for",
    "            eighty columns",
  ]);
  expect(wrap("x".repeat(45), 20, 0)).toEqual(["x".repeat(20), "x".repeat(20), "x".repeat(5)]);
  expect(clip("x".repeat(12), 10)).toBe("xxxxxxxxxx... (12 characters)");
});

it("ends with Ctrl-C", async () => {
  const name = await hand(
    "endless.wasm",
    `${MEMORY} (func (export "a:b/c@1.0.0#spin") (loop $l (br $l)))`,
    serving("spin"),
  );
  expect(await check(name, { signal: AbortSignal.abort() })).toEqual({
    exit: 130,
    out: "",
    err: "interrupted\n",
  });
});

it("lies of a module never crash it", async () => {
  const lies = [
    [`(func (export "${STATE}#save") (param i64))`, {}],
    [MEMORY, { state: { schema: {}, fingerprint: "0".repeat(64), migrations: [] } }],
    [
      `(memory (export "memory") 0) (func (export "a:b/c@1.0.0#run") (result i32) i32.const -1)`,
      serving("run", { result: "string" }),
    ],
    [
      `${MEMORY} (func (export "a:b/c@1.0.0#run") (result i32) (loop (result i32) (drop (memory.grow (i32.const 1))) unreachable))`,
      serving("run", { result: "u32" }),
    ],
    [`${MEMORY} (func $f (export "a:b/c@1.0.0#run") (call $f))`, serving()],
  ] as const;
  for (const [i, [fields, parts]] of lies.entries()) {
    const { exit, err } = await check(await hand(`lie-${i}.wasm`, fields, parts));
    expect([i, exit <= 1, err]).toEqual([i, true, ""]);
  }
});
