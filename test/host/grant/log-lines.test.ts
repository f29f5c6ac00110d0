/** The log: lines of a length, and so many a second; what is left out is told. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LogOptions, load, log } from "../../../host/mod.ts";
import { manifest, refused, wat } from "../../faults/guest.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A plugin that writes a line of so many `é`, so many times. */
async function writer(options?: LogOptions) {
  const lines: string[] = [];
  const sink = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const to = { debug: sink("debug"), info: sink("info"), warn: sink("warn"), error: sink("error") };
  const write = {
    interface: "moult:log/log@1.0.0",
    functions: [
      {
        name: "write",
        params: [
          { name: "level", type: { enum: ["debug", "info", "warn", "error"] } },
          { name: "message", type: "string" },
        ],
      },
    ],
  };
  const module = await wat(
    `(import "moult:log/log@1.0.0" "write" (func $write (param i32 i32 i32))) (memory (export "memory") 2)
     (func (export "write") (param $times i32) (param $length i32) (local $i i32)
       (loop $l (i32.store16 (local.get $i) (i32.const 0xa9c3))
         (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 60000))))
       (loop $l (if (local.get $times) (then
         (local.set $times (i32.sub (local.get $times) (i32.const 1)))
         (call $write (i32.const 1) (i32.const 0) (i32.mul (local.get $length) (i32.const 2))) (br $l)))))`,
    {
      manifest: manifest({
        imports: [write],
        exports: [
          {
            name: "write",
            params: [
              { name: "times", type: "u32" },
              { name: "length", type: "u32" },
            ],
          },
        ],
      }),
    },
  );
  const plugin = await load(module, { grant: [log(to, options)] });
  return { plugin, lines, write: (times: number, length: number) => plugin.call.write!(times, length) };
}

describe("a line", () => {
  test("is written as it is, up to its most bytes", async () => {
    const { plugin, lines, write } = await writer({ lineBytes: 20 });
    await write(1, 10);
    await write(1, 0);
    expect(lines).toEqual([`info ${"é".repeat(10)}`, "info "]);
    await plugin.close();
  });

  test("that is longer is cut at a character, and says what is left out", async () => {
    const { plugin, lines, write } = await writer({ lineBytes: 21 });
    await write(1, 100);
    expect(lines).toEqual([
      `info ${"é".repeat(10)}… (90 of 100 characters left out: wanted at most 21 bytes, lineBytes)`,
    ]);
    await plugin.close();
  });

  test("may have 16 KiB where nothing is said", async () => {
    const { plugin, lines, write } = await writer();
    await write(1, 8_192);
    await write(1, 8_193);
    expect(lines.map((line) => line.length)).toEqual([8_197, expect.any(Number)]);
    expect(lines[1]).toContain("(1 of 8193 characters left out: wanted at most 16384 bytes, lineBytes)");
    await plugin.close();
  });
});

describe("lines", () => {
  const told = (left: string, found: string, most: string) =>
    `warn ${left} lines were left out: found ${found} lines in a second, wanted at most ${most} (linesPerSecond)`;

  test("above their number are left out, and told once when the second is over", async () => {
    const { plugin, lines, write } = await writer({ linesPerSecond: 3 });
    await write(5, 1);
    await write(1, 1);
    expect(lines).toEqual(["info é", "info é", "info é"]);
    vi.advanceTimersByTime(1_000);
    expect(lines.slice(3)).toEqual([told("3", "6", "3")]);
    vi.advanceTimersByTime(5_000);
    await write(2, 1);
    expect(lines.slice(4)).toEqual(["info é", "info é"]);
    await plugin.close();
    expect(lines).toHaveLength(6);
  });

  test("that were left out when the plugin closes are told then", async () => {
    const { plugin, lines, write } = await writer({ linesPerSecond: 0 });
    await write(2, 1);
    await plugin.close();
    expect(lines).toEqual([told("2", "2", "0")]);
  });

  test("may be 10,000 where nothing is said, and any number where that is wanted", async () => {
    const { plugin, lines, write } = await writer();
    await write(10_001, 0);
    vi.advanceTimersByTime(1_000);
    expect(lines).toHaveLength(10_001);
    expect(lines.at(-1)).toBe(told("1", "10,001", "10,000"));
    await plugin.close();
    const any = await writer({
      linesPerSecond: Number.POSITIVE_INFINITY,
      lineBytes: Number.POSITIVE_INFINITY,
    });
    await any.write(10_001, 0);
    await any.write(1, 30_000);
    expect(any.lines).toHaveLength(10_002);
    expect(any.lines.at(-1)).toHaveLength(30_005);
    await any.plugin.close();
  });
});

test.each([
  [{ lineBytes: -1 }, "could not use lineBytes: found number -1, wanted bytes from 0 up"],
  [{ linesPerSecond: "5" }, 'could not use linesPerSecond: found string "5", wanted lines from 0 up'],
  [5, "could not use the options of log: found number 5, wanted an object"],
])("%o are no options", async (options, message) => {
  const { debug, info, warn, error } = console;
  expect(await refused(() => log({ debug, info, warn, error }, options as LogOptions))).toContain(message);
});
