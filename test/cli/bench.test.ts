import { expect, it } from "vitest";
import { sample, sampleBatches } from "../../host/cli/measured/sampling.ts";
import { duration, statistics } from "../../host/cli/measured/statistics.ts";
import { main } from "../../host/cli/program.ts";
import { build } from "../kept/build.ts";
import { versions } from "../versions.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

interface Measured {
  readonly samples: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly least: number;
  readonly most: number;
}

const { path: cwd, write } = await folder();
const faults = versions(new URL("../guests/faults/", import.meta.url));
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const bench = (...args: string[]) => command(["bench", ...args], { cwd });

await write("counter.wasm", await counter("v1"));
await write("shapes.wasm", await faults("shapes"));

it("measures calls, loading and swaps, and prints a table", async () => {
  const { exit, out, err } = await bench("counter.wasm", "add", "1", "--seconds", "0.4");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  const [title, head, ...rows] = out.trimEnd().split("\n");
  expect(title).toContain(
    `counter 1.0.0, add(1); Node ${process.version}, ${process.platform} ${process.arch}, `,
  );
  expect(head).toMatch(/^ +median {3}the middle half +p99 {3}measurements$/);
  const titles = ["callSync", "call, awaited", "load to the first answer", "swap: the pause"];
  expect(rows.map((row) => row.slice(2, 26).trimEnd())).toEqual(titles);
  for (const row of rows) expect(row).toMatch(/ \d[\d.]* (ns|µs|ms|s) {3}\d[\d.]* (ns|µs|ms|s) to \d/);
  expect(rows[0]).toMatch(/ batches of [\d,]+$/);
  expect(rows[3]).toMatch(/, 1 byte of state$/);
});

it("calls the first function that takes nothing, and gives the same as JSON", async () => {
  const { exit, out, err } = await bench("counter.wasm", "--seconds", "0.4", "--json");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  const json = JSON.parse(out);
  expect(json).toMatchObject({
    plugin: "counter",
    version: "1.0.0",
    function: "value",
    args: [],
    node: process.version,
    unit: "milliseconds",
    interrupted: false,
  });
  expect(Object.keys(json.measured)).toEqual(["callSync", "call", "load", "swap"]);
  for (const { samples, median, quartiles, least, most } of Object.values(
    json.measured as Record<string, Measured>,
  )) {
    expect(samples).toBeGreaterThan(0);
    const sorted = [least, quartiles[0], median, quartiles[1], most];
    expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
  }
  expect(json.measured.swap.stateBytes).toBe(1);
});

it("measures loading and swaps alone where every function takes something", async () => {
  const { exit, out, err } = await bench("shapes.wasm", "--seconds", "0.2", "--json");
  expect(exit).toBe(0);
  expect(err).toMatch(
    /^no call is measured: every function takes something; name one of byte, long, .+, locate\n$/,
  );
  expect(Object.keys(JSON.parse(out).measured)).toEqual(["load", "swap"]);
});

it.each([
  [
    ["shapes.wasm", "divide", "1", "0"],
    1,
    "error: [guest-error] could not call counter.divide: the plugin answered an error: nothing divides by 0; nothing was measured\n",
  ],
  [
    ["shapes.wasm", "byte", "300"],
    2,
    "error: [argument] could not call counter.byte: parameter size: wanted a u8 (0 to 255), found 300; it was not called; nothing was measured\n",
  ],
  [
    ["counter.wasm", "--seconds", "0"],
    2,
    "error: could not measure for 0 seconds: wanted a number above 0, up to 3600\n",
  ],
  [["nowhere.wasm"], 2, "error: could not read nowhere.wasm: there is no such file\n"],
])("refuses %j", async (args, exit, err) => {
  expect(await bench(...args)).toEqual({ exit, out: "", err });
});

it("does not measure what traps", async () => {
  await write("trap.wasm", await faults("trap-in-call"));
  const { exit, out, err } = await bench("trap.wasm", "add", "13");
  expect({ exit, out }).toEqual({ exit: 1, out: "" });
  expect(err).toBe(
    "error: [trapped] could not call counter.add: version 1.0.0 trapped: 13 is unlucky (trap-in-call.ts:6:19); " +
      "it is not called again until it is swapped or rolled back; nothing was measured\n",
  );
});

it("begins with a state, and keeps log lines out of what is read", async () => {
  const { wasm } = await build(new URL("../guests/cli/noisy.ts", import.meta.url));
  await write("noisy.wasm", wasm);
  const saved = await command(
    ["run", "noisy.wasm", "tell", "x", "--grant", "log", "--grant", "clock", "--save", "n.avro", "--quiet"],
    { cwd },
  );
  expect(saved).toEqual({ exit: 0, out: "1\n", err: "" });
  const grants = ["--grant", "log", "--grant", "clock"];
  const { exit, out, err } = await bench(
    "noisy.wasm",
    "tell",
    "x",
    ...grants,
    "--state",
    "n.avro",
    "--seconds",
    "0.2",
    "--json",
  );
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  expect(JSON.parse(out).measured.swap.stateBytes).toBe(1);
});

it("ends at Ctrl-C with what was measured, and shows how far it is on a terminal", async () => {
  const interrupt = new AbortController();
  const out: string[] = [];
  const err: string[] = [];
  const streams = {
    out: { write: (text: string) => out.push(text), isTTY: true, columns: 100 },
    err: {
      isTTY: true,
      columns: 100,
      write: (text: string) => {
        err.push(text);
        if (text.includes("measuring load")) interrupt.abort();
      },
    },
  };
  const options = { signal: interrupt.signal, version: "9.9.9", streams, cwd, env: {} };
  const exit = await main(["bench", "counter.wasm", "--seconds", "2"], options);
  expect(exit).toBe(130);
  expect(out.join("")).toMatch(/callSync[^\n]+\n {2}call, awaited/);
  expect(out.join("")).not.toContain("swap");
  expect(err[0]).toBe(`[${" ".repeat(24)}] measuring callSync\n`);
  expect(err[1]).toMatch(/^.\[1A.\[2K\[[= ]{24}\] measuring /);
  expect(err.at(-1)).toBe("interrupted: this is what was measured until then\n");
});

it("takes at least one measurement, however little time there is, and none after an interruption", async () => {
  const budget = { signal: new AbortController().signal, time: 0, onProgress: () => {} };
  expect(await sample(async () => 7, budget)).toEqual([7]);
  expect(await sample(async () => 7, { ...budget, signal: AbortSignal.abort() })).toEqual([]);
  let calls = 0;
  const { measured, batch } = await sampleBatches(
    async (count) => () => {
      calls += count;
    },
    budget,
  );
  expect(measured).toHaveLength(1);
  expect(batch).toBeLessThanOrEqual(100_000);
  expect(calls).toBeGreaterThanOrEqual(batch);
});

it("tells medians, quartiles and, of a hundred and more, the 99th percentile", () => {
  expect(statistics([])).toBeUndefined();
  expect(statistics([4, 1, 3, 2, 5])).toEqual({
    samples: 5,
    median: 3,
    quartiles: [2, 4],
    least: 1,
    most: 5,
  });
  const hundred = Array.from({ length: 101 }, (_, i) => 100 - i);
  expect(statistics(hundred)).toMatchObject({ median: 50, quartiles: [25, 75], p99: 99 });
  expect(statistics([1, 2])?.median).toBe(1.5);
});

it.each([
  [1500, "1.5 s"],
  [12.345, "12.3 ms"],
  [0.0456, "45.6 µs"],
  [0.0000123, "12.3 ns"],
])("spells %d ms as %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
