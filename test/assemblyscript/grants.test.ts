import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { capability, clock, contract, load, log, type PluginError, random } from "../../host/mod.ts";
import { build } from "./build.ts";
import { refusal } from "./refusal.ts";

const abi = assemblyscript();
const Ask = contract("test:plain/ask@1", { f: { params: [], returns: z.float64() } });

/** What each import is reached by in AssemblyScript, and the interface that serves it. */
const IMPORTS = [
  ["env.seed", "return Math.random();", "wasi:random/random@0.2.0"],
  ["env.Math.random", "return JSMath.random();", "wasi:random/random@0.2.0"],
  ["env.Date.now", "return <f64>Date.now();", "wasi:clocks/wall-clock@0.2.0"],
  ["env.performance.now", "return performance.now();", "wasi:clocks/monotonic-clock@0.2.0"],
  ["env.trace", `trace("x", 1, 2); return 0;`, "moult:log/log@1.0.0"],
  ["env.console.log", `console.log("x"); return 0;`, "moult:log/log@1.0.0"],
  ["env.console.error", `console.error("x"); return 0;`, "moult:log/log@1.0.0"],
] as const;

function sink() {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

afterEach(() => vi.restoreAllMocks());

test.each(IMPORTS)("%s is refused when nothing serves it", async (_, body, wanted) => {
  const bytes = await build(`export function f(): f64 { ${body} }`);
  expect(await refusal(load(Ask, bytes, { abi }))).toBe(
    `[missing-grant] could not load plugin 0.0.0: it asks for what it was not granted: ${wanted}`,
  );
});

test("every import that no grant can serve is named", async () => {
  const bytes = await build(`
    @external("env", "secret") declare function secret(): i32;
    @external("Date", "now") declare function now(): f64;
    @external("Math", "random") declare function random(): f64;
    export function f(): f64 { return JSMath.sin(1) + <f64>secret() + now() + random(); }
  `);
  expect(await refusal(load(Ask, bytes, { abi, grant: [clock(), random()] }))).toBe(
    "[missing-grant] could not load plugin 0.0.0: it asks for what it was not granted: env.Math.sin (function), env.secret (function), Date.now (function), Math.random (function)",
  );
});

test("no default of the loader's own is reached: each import does what its grant does", async () => {
  const spies = [
    vi.spyOn(Date, "now"),
    vi.spyOn(Math, "random"),
    vi.spyOn(performance, "now"),
    vi.spyOn(console, "log").mockImplementation(() => {}),
    vi.spyOn(console, "error").mockImplementation(() => {}),
  ];
  const out = sink();
  const bytes = await build(`
    export function now(): f64 { return <f64>Date.now(); }
    export function steady(): f64 { return performance.now(); }
    export function draw(): f64 { return Math.random(); }
    export function drawOutside(): f64 { return JSMath.random(); }
    export function say(): void {
      trace("traced \\u{1F600}", 2, 1, 0.5);
      trace("bare");
      console.log("logged");
      console.info("informed");
      console.debug("debugged");
      console.warn("warned");
      console.error("failed");
    }
  `);
  const number = { params: [], returns: z.float64() };
  const Use = contract("test:plain/use@1", {
    now: number,
    steady: number,
    draw: number,
    drawOutside: number,
    say: { params: [] },
  });
  const grant = [
    clock({ now: () => 1_234_567_890_123, monotonic: () => 42.5 }),
    random((bytes) => void bytes.fill(0x80)),
    // Lines a second are counted by a clock.
    log(out, { linesPerSecond: Number.POSITIVE_INFINITY }),
  ];
  const plugin = await load(Use, bytes, { abi, grant });
  for (const spy of spies) spy.mockClear();
  expect(plugin.callSync.now()).toBe(1_234_567_890_123);
  expect(plugin.callSync.steady()).toBe(42.5);
  const draws = [plugin.callSync.draw(), plugin.callSync.draw()];
  expect(plugin.callSync.drawOutside()).toBe(Number(0x8080808080808080n >> 11n) / 2 ** 53);
  plugin.callSync.say();
  expect(out.lines).toEqual([
    "debug: traced 😀 1 0.5",
    "debug: bare",
    "info: logged",
    "info: informed",
    "debug: debugged",
    "warn: warned",
    "error: failed",
  ]);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();

  const again = await load(Use, bytes, { abi, grant });
  expect([again.callSync.draw(), again.callSync.draw()]).toEqual(draws);
  const other = await load(Use, bytes, {
    abi,
    grant: [grant[0]!, random((each) => void each.fill(1)), log(out)],
  });
  expect([other.callSync.draw(), other.callSync.draw()]).not.toEqual(draws);
});

describe("log lines", () => {
  const source = `
    console.log("top-level");
    export function f(): f64 { console.log("called"); return 0; }
  `;

  test("of top-level code are written when the plugin serves", async () => {
    const out = sink();
    const plugin = await load(Ask, await build(source, "--exportStart", "_initialize"), {
      abi,
      grant: [log(out)],
    });
    expect(out.lines).toEqual(["info: top-level"]);
    await plugin.call.f();
    expect(out.lines).toEqual(["info: top-level", "info: called"]);
  });

  test("of a version that is refused are never written", async () => {
    const out = sink();
    const bytes = await build(`${source} assert(false);`, "--exportStart", "_initialize");
    await expect(load(Ask, bytes, { abi, grant: [log(out)] })).rejects.toThrow("[failed-start]");
    expect(out.lines).toEqual([]);
  });

  test("cannot be read while instantiation runs top-level code, which says what to do", async () => {
    expect(await refusal(load(Ask, await build(source), { abi, grant: [log(sink())] }))).toBe(
      "[failed-start] could not load plugin 0.0.0: its start section, which runs when it is instantiated, failed: env.console.log was called during instantiation, when memory cannot be read; build the module with --exportStart _initialize to run its top-level code later",
    );
  });

  test("that lie outside memory trap the guest", async () => {
    const bytes = await build(
      `export function f(): f64 { console.log(changetype<string>(0x7ffffff0)); return 0; }`,
    );
    const plugin = await load(Ask, bytes, { abi, grant: [log(sink())] });
    await expect(plugin.call.f()).rejects.toThrow(
      "[trapped] could not call plugin.f: version 0.0.0 trapped: parameter 1 of env.console.log: a string at 2147483632 with 0 bytes lies outside the memory of",
    );
  });
});

test("a grant that throws ends the plugin", async () => {
  const fail = () => {
    throw new Error("no clock here");
  };
  const plugin = await load(Ask, await build("export function f(): f64 { return <f64>Date.now(); }"), {
    abi,
    grant: [clock({ now: fail })],
  });
  expect(await refusal(plugin.call.f())).toBe(
    '[grant-failed] could not call plugin.f: the grant wasi:clocks/wall-clock@0.2.0#now threw, and its type has no place for an error: no clock here; with a store, or afterTrap: "restart", it would come back by itself; now it is not called again until it is swapped or rolled back',
  );
});

test("a grant that answers later is refused", async () => {
  const slow = capability(
    "wasi:random/random@0.2",
    { getRandomU64: { params: [], returns: z.uint64(), kind: "read", async: true } },
    () => ({ getRandomU64: async () => 1n }),
  );
  const error = await load(Ask, await build("export function f(): f64 { return Math.random(); }"), {
    abi,
    grant: [slow],
  }).catch((error: PluginError) => error);
  expect((error as PluginError).code).toBe("no-suspension");
});
