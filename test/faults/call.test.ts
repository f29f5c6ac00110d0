/** Calls with what does not fit, and guests that answer what the ABI does not allow. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load, PluginError, wit } from "../../host/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { ALLOCATOR, failure, guest, manifest, refused, said, wat } from "./guest.ts";
import { Granted, type Host, metrics } from "./metrics.ts";

const AFTER = "it is not called again until it is swapped or rolled back";

const Shapes = contract("test:faults/counter@1", {
  byte: { params: [wit.u8()], returns: wit.u8() },
  long: { params: [z.uint64()], returns: z.uint64() },
  small: { params: [wit.s16()], returns: wit.s16() },
  real: { params: [z.float64()], returns: z.float64() },
  flag: { params: [z.boolean()], returns: z.boolean() },
  text: { params: [z.string()], returns: z.string() },
  raw: { params: [wit.bytes()], returns: wit.bytes() },
  point: {
    params: [z.object({ x: wit.u8(), labels: z.array(z.string()) })],
    returns: z.object({ x: wit.u8(), labels: z.array(z.string()) }),
  },
  points: { params: [z.array(z.object({ x: wit.u8(), labels: z.array(z.string()) }))], returns: z.int32() },
  color: { params: [z.enum(["red", "green"])], returns: z.enum(["red", "green"]) },
  counts: { params: [z.map(z.string(), z.uint32())], returns: z.uint32() },
  both: { params: [z.string(), wit.u8(), wit.u8()], returns: z.string() },
});
type Name =
  | "byte"
  | "long"
  | "small"
  | "real"
  | "flag"
  | "text"
  | "raw"
  | "point"
  | "points"
  | "color"
  | "counts"
  | "both";

describe("an argument that does not fit is refused, names its parameter, and harms nothing", () => {
  class Strange {
    get x(): number {
      throw new Error("look elsewhere");
    }
  }
  const rows: readonly (readonly [name: Name, args: readonly unknown[], message: string])[] = [
    ["byte", [256], "parameter size: wanted a u8 (0 to 255), found 256"],
    ["byte", [-1], "parameter size: wanted a u8 (0 to 255), found -1"],
    ["byte", [1.5], "parameter size: wanted a u8 (0 to 255), found 1.5"],
    ["byte", [Number.NaN], "parameter size: wanted a u8 (0 to 255), found NaN"],
    ["byte", ["7"], 'parameter size: wanted a u8 (0 to 255), found string "7"'],
    ["byte", [7n], "parameter size: wanted a u8 (0 to 255), found bigint 7"],
    ["byte", [], "parameter size: wanted a u8 (0 to 255), found undefined"],
    ["long", [1], "parameter size: wanted a u64 (a bigint from 0 to 18446744073709551615), found number 1"],
    [
      "long",
      [2n ** 64n],
      "parameter size: wanted a u64 (a bigint from 0 to 18446744073709551615), found 18446744073709551616",
    ],
    ["long", [-1n], "parameter size: wanted a u64 (a bigint from 0 to 18446744073709551615), found -1"],
    ["small", [32_768], "parameter size: wanted an s16 (-32768 to 32767), found 32768"],
    ["real", ["1.5"], 'parameter size: wanted an f64, found string "1.5"'],
    ["flag", [1], "parameter on: wanted a bool, found number 1"],
    ["text", [null], "parameter line: wanted a string, found null"],
    ["raw", ["bytes"], 'parameter bytes: wanted an array, found string "bytes"'],
    ["raw", [[1, 256]], "parameter bytes[1]: wanted a u8 (0 to 255), found 256"],
    ["point", [undefined], "parameter at: wanted an object with the fields x, labels, found undefined"],
    ["point", [{ x: 1 }], "parameter at.labels: wanted an array, found undefined"],
    ["point", [{ x: 300, labels: [] }], "parameter at.x: wanted a u8 (0 to 255), found 300"],
    ["point", [new Strange()], "reading the arguments failed: look elsewhere"],
    [
      "points",
      [
        [
          { x: 1, labels: [] },
          { x: 2, labels: ["a", 5] },
        ],
      ],
      "parameter all[1].labels[1]: wanted a string, found number 5",
    ],
    ["color", ["blue"], 'parameter which: wanted one of "red", "green", found string "blue"'],
    ["counts", [{ a: 1 }], "parameter map: wanted a Map, found an object"],
    ["counts", [new Map([["a", -1]])], "parameter map[0][1]: wanted a u32 (0 to 4294967295), found -1"],
    ["both", ["a", 1, 2, 3], "parameters: wanted 3 arguments, found 4"],
    ["both", ["a", 1, 999], "parameter last: wanted a u8 (0 to 255), found 999"],
  ];

  test.each(rows)("%s %o", async (name, args, message) => {
    await using plugin = await load(Shapes, await guest("shapes"));
    const whole = `[argument] could not call counter.${name}: ${message}; it was not called`;
    const call = plugin.call[name] as (...args: unknown[]) => Promise<unknown>;
    const callSync = plugin.callSync[name] as (...args: unknown[]) => unknown;
    expect(await refused(call(...args))).toBe(whole);
    expect(await refused(() => callSync(...args))).toBe(whole);
    expect(await plugin.call.both("still ", 4, 2)).toBe("still 42");
  });
});

describe("an error that a plugin answers", () => {
  const Failing = contract("test:faults/counter@1", {
    divide: { params: [z.uint32(), z.uint32()], returns: wit.result(z.uint32(), z.string()) },
    locate: {
      params: [z.string()],
      returns: wit.result(
        z.object({ x: wit.u8(), labels: z.array(z.string()) }),
        z.object({ x: wit.u8(), labels: z.array(z.string()) }),
      ),
    },
  });

  test("is thrown with its payload, and is no trap", async () => {
    await using plugin = await load(Failing, await guest("shapes"));
    const error = await failure(plugin.call.divide(7, 0));
    expect(said(error)).toBe(
      "[guest-error] could not call counter.divide: the plugin answered an error: nothing divides by 0",
    );
    expect([error.code, error.payload]).toEqual(["guest-error", "nothing divides by 0"]);
    expect(await failure(() => plugin.callSync.divide(7, 0))).toEqual(error);
    const located = await failure(plugin.call.locate("here"));
    expect(said(located)).toBe(
      '[guest-error] could not call counter.locate: the plugin answered an error: { x: 0, labels: ["here"] }',
    );
    expect(located.payload).toEqual({ x: 0, labels: ["here"] });
    expect(await plugin.call.divide(7, 2)).toBe(3);
  });
});

describe("a guest that breaks the ABI has trapped, and is not called again", () => {
  /** A function of no parameters whose answer lies where `pointer` says. */
  const answering = (result: unknown, pointer: number | string, data = "") =>
    wat(
      `${ALLOCATOR} ${data} (func (export "run") (result i32) ${typeof pointer === "number" ? `i32.const ${pointer}` : pointer})
       (func (export "fine") (result i32) i32.const 1)`,
      {
        manifest: manifest({
          exports: [
            { name: "run", params: [], result },
            { name: "fine", params: [], result: "u32" },
          ],
        }),
      },
    );
  const taking = (fields: string, type: unknown = "string") =>
    wat(
      `(memory (export "memory") 1) ${fields} (func (export "run") (param i32 i32)) (func (export "fine") (result i32) i32.const 1)`,
      {
        manifest: manifest({
          exports: [
            { name: "run", params: [{ name: "line", type }] },
            { name: "fine", params: [], result: "u32" },
          ],
        }),
      },
    );
  const words = (...numbers: number[]) =>
    `(data (i32.const 16) "${[...new Uint8Array(Uint32Array.from(numbers).buffer)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")}")`;
  const REALLOC = '(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)';

  const rows: readonly (readonly [
    what: string,
    module: () => Promise<Uint8Array>,
    args: readonly unknown[],
    message: string,
  ])[] = [
    [
      "a pointer outside its memory",
      () => answering("string", -16),
      [],
      "result: an area at 4294967280 with 8 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "a pointer that is not aligned",
      () => answering("string", 3),
      [],
      "result: an area at 3 with 8 bytes is not aligned to 4 bytes",
    ],
    [
      "a string outside its memory",
      () => answering("string", 16, words(65_000, 600)),
      [],
      "result: a string at 65000 with 600 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "a string of 2^32 - 1 bytes",
      () => answering("string", 16, words(0, 2 ** 32 - 1)),
      [],
      "result: a string at 0 with 4294967295 bytes is too large; at most 268435455 are allowed",
    ],
    [
      "a string that is not UTF-8",
      () => answering("string", 16, `${words(32, 3)} (data (i32.const 32) "a\\ff\\fe")`),
      [],
      "result: a string at 32 with 3 bytes is not UTF-8",
    ],
    [
      "a list of 2^32 - 1 bytes",
      () => answering({ list: "u8" }, 16, words(0, 2 ** 32 - 1)),
      [],
      "result: a list at 0 with 4294967295 bytes is too large; at most 268435455 are allowed",
    ],
    [
      "a list of 2^32 - 1 strings",
      () => answering({ list: "string" }, 16, words(16, 2 ** 32 - 1)),
      [],
      "result: a list at 16 with 34359738360 bytes is too large; at most 268435455 are allowed",
    ],
    [
      "a list whose size overflows 32 bits",
      () => answering({ list: "u64" }, 16, words(0, 2 ** 29)),
      [],
      "result: a list at 0 with 4294967296 bytes is too large; at most 268435455 are allowed",
    ],
    [
      "a thousand lists, all of them the same megabyte",
      () =>
        answering(
          { list: { list: "u8" } },
          "(call $many)",
          `(func $many (result i32) (local $at i32)
          (drop (memory.grow (i32.const 40)))
          (loop $next
            (i32.store offset=4096 (local.get $at) (i32.const 0))
            (i32.store offset=4100 (local.get $at) (i32.const 1048576))
            (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 8192))))
          (i32.store (i32.const 16) (i32.const 4096)) (i32.store (i32.const 20) (i32.const 1024)) (i32.const 16))`,
        ),
      [],
      "result[511]: the value would take 536903680 bytes or more of the host's memory; at most 536870912 are allowed (maxValueBytes)",
    ],
    [
      "a case that its type does not have",
      () => answering({ enum: ["a", "b"] }, 2),
      [],
      "result: found case 2 of a type that has 2",
    ],
    [
      "a character that is none",
      () => answering("char", 0xd800),
      [],
      "result: wanted a char (a Unicode scalar value), found 0xd800",
    ],
    [
      "core values of other types",
      () =>
        wat(`${ALLOCATOR} (func (export "run") (result i64) i64.const 7) (func (export "fine"))`, {
          manifest: manifest({
            exports: [
              { name: "run", params: [], result: "u32" },
              { name: "fine", params: [] },
            ],
          }),
        }),
      [],
      "result: wanted an i32 from the guest, found bigint 7",
    ],
    ["unreachable", () => answering("u32", "unreachable"), [], "(the engine's words)"],
    [
      "a division by zero",
      () => answering("u32", "(i32.div_u (i32.const 1) (i32.const 0))"),
      [],
      "(the engine's words)",
    ],
    [
      "a load outside its memory",
      () => answering("u32", "(i32.load (i32.const -1))"),
      [],
      "(the engine's words)",
    ],
    [
      "endless recursion",
      () => answering("u32", "call $deep", "(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))"),
      [],
      "(the engine's words)",
    ],
    [
      "no cabi_realloc",
      () => taking(""),
      ["text"],
      "it has no export cabi_realloc, which what it is given calls for",
    ],
    [
      "a wild pointer from cabi_realloc",
      () => taking(`${REALLOC} i32.const -8)`),
      ["text"],
      "parameter line: cabi_realloc's answer at 4294967288 with 4 bytes lies outside the memory of 65536 bytes",
    ],
    [
      "a pointer from cabi_realloc that is not aligned",
      () => taking(`${REALLOC} i32.const 3)`, { list: "u32" }),
      [[1]],
      "parameter line: cabi_realloc's answer at 3 with 4 bytes is not aligned to 4 bytes",
    ],
    ["a trap in cabi_realloc", () => taking(`${REALLOC} unreachable)`), ["text"], "(the engine's words)"],
    [
      "a trap in cabi_post",
      () => answering("string", 16, `${words(0, 1)} (func (export "cabi_post_run") (param i32) unreachable)`),
      [],
      "(the engine's words)",
    ],
  ];

  test.each(rows)("%s", async (_, module, args, message) => {
    await using plugin = await load(await module());
    const traps: PluginError[] = [];
    plugin.on("trap", ({ error }) => traps.push(error));
    const error = await failure((plugin.call.run as (...args: unknown[]) => Promise<unknown>)(...args));
    const own = /could not call hand\.run: version 1\.0\.0 trapped: (.*); it is not/.exec(error.message)?.[1];
    const engines = error.cause instanceof WebAssembly.RuntimeError || error.cause instanceof RangeError;
    expect(engines ? "(the engine's words)" : own).toBe(message);
    expect(error.code).toBe("trapped");
    expect(error.message).toMatch(new RegExp(`; ${AFTER}$`));
    expect(traps).toEqual([error]);
    for (const call of [plugin.call.fine, plugin.callSync.fine, plugin.call.run]) {
      expect(await failure(() => (call as () => unknown)())).toBe(error);
    }
    expect(await failure(plugin.snapshot())).toBe(error);
  });
});

describe("lone surrogates", () => {
  const Text = contract("test:faults/counter@1", {
    echo: { params: [z.string()], returns: z.string() },
    half: { params: [z.boolean()], returns: z.string() },
    code: { params: [], returns: z.uint32() },
  });

  test("become U+FFFD on their way in and out, and stay as they are in the state", async () => {
    await using plugin = await load(Text, await guest("text"));
    expect(await plugin.call.echo("a\ud83d")).toBe("a\ufffd");
    expect(await plugin.call.echo("\ude00z")).toBe("\ufffdz");
    expect(await plugin.call.echo("\ude00\ud83d")).toBe("\ufffd\ufffd");
    expect(await plugin.call.echo("\ud83d\ude00")).toBe("\ud83d\ude00");
    expect(await plugin.call.half(true)).toBe("<\ufffd>");
    expect(await plugin.call.half(false)).toBe("<\ufffd>");
    expect(await plugin.call.code()).toBe(0xde00);
    await plugin.swap(await guest("text", "2.0.0"));
    expect(await plugin.call.code()).toBe(0xde00);
    await using again = await load(Text, await guest("text"), { state: await plugin.snapshot() });
    expect(await again.call.code()).toBe(0xde00);
  });
});

describe("a grant", () => {
  const THREW = "threw, and its type has no place for an error";
  const UNFIT = "answered what its type does not allow";
  const FAILS = "say fails: true in its capability, and the plugin gets the error as a value";
  const WOULD = 'with a store, or afterTrap: "restart", it would come back by itself';
  const fail = (what: string) => () => {
    throw new Error(`${what} broke`);
  };

  const rows: readonly (readonly [
    what: string,
    host: Partial<Host>,
    name: keyof Host,
    args: unknown[],
    message: string,
  ])[] = [
    ["that throws, of kind read", { look: fail("look") }, "look", [], `look ${THREW}: look broke; ${FAILS}`],
    ["that throws, of kind effect", { act: fail("act") }, "act", [1], `act ${THREW}: act broke; ${FAILS}`],
    [
      "that throws no error",
      {
        act: () => {
          throw "text";
        },
      },
      "act",
      [1],
      `act ${THREW}: text; ${FAILS}`,
    ],
    [
      "that answers what its type does not allow",
      { act: () => -1 },
      "act",
      [1],
      `act ${UNFIT}: result of act: wanted a u32 (0 to 4294967295), found -1`,
    ],
    [
      "that may fail, and answers what its type does not allow",
      { attempt: () => 0.5 },
      "attempt",
      [1],
      `attempt ${UNFIT}: result of attempt.val: wanted a u32 (0 to 4294967295), found 0.5`,
    ],
  ];
  test.each(rows)("%s, ends the plugin, and is told to have", async (_, host, name, args, message) => {
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)] });
    const error = await failure((plugin.call[name] as (...args: unknown[]) => Promise<unknown>)(...args));
    expect(said(error)).toBe(
      `[grant-failed] could not call counter.${name}: the grant test:faults/metrics@1.0.0#${message}; ${WOULD}; now ${AFTER}`,
    );
    expect(await failure(plugin.call.value())).toBe(error);
  });

  test("that may fail, and throws, answers its error: nothing traps", async () => {
    await using plugin = await load(Granted, await guest("granted"), {
      grant: [metrics({ attempt: fail("attempt") })],
    });
    expect(await plugin.call.attempt(1)).toBe("err: attempt broke");
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("that throws a PluginError with a payload answers that as its error", async () => {
    const attempt = () => {
      throw new PluginError("guest-error", "could not attempt", { payload: "no luck" });
    };
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics({ attempt })] });
    expect(await plugin.call.attempt(1)).toBe("err: no luck");
  });

  test("that calls its own plugin is told so, at once", async () => {
    const told: string[] = [];
    const late = deferred<string>();
    const host: Partial<Host> = {
      look: () => {
        plugin.call.value().then(
          () => {},
          (error: PluginError) => late.resolve(said(error)),
        );
        try {
          plugin.callSync.value();
        } catch (error) {
          told.push(said(error as PluginError));
        }
        return 5;
      },
    };
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)] });
    const message =
      "[reentrant] could not call counter.value: a grant of the same plugin is being called, and the plugin waits for it";
    expect(await plugin.call.look()).toBe(5);
    expect(told).toEqual([message]);
    expect(await late.promise).toBe(message);
    expect(plugin.callSync.look()).toBe(5);
    expect(await plugin.call.value()).toBe(0);
  });

  test("that lets the error of a re-entrant call out ends the plugin that waits", async () => {
    const host: Partial<Host> = { look: () => plugin.callSync.value() };
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)] });
    expect(await refused(plugin.call.look())).toBe(
      `[grant-failed] could not call counter.look: the grant test:faults/metrics@1.0.0#look ${THREW}: [reentrant] could not call counter.value: a grant of the same plugin is being called, and the plugin waits for it; ${FAILS}; ${WOULD}; now ${AFTER}`,
    );
  });

  test("that asks for a swap, a snapshot or the end gets it when the call is over", async () => {
    const log: string[] = [];
    const next = await guest("granted", "2.0.0");
    const asked: Promise<unknown>[] = [];
    const host: Partial<Host> = {
      act: (step) => {
        asked.push(plugin.snapshot().then((bytes) => log.push(`a snapshot of ${bytes.length > 0}`)));
        asked.push(plugin.swap(next).then(({ to }) => log.push(`version ${to?.version}`)));
        log.push(`the call of ${plugin.version} is under way`);
        return step;
      },
    };
    await using plugin = await load(Granted, await guest("granted"), { grant: [metrics(host)] });
    expect(plugin.callSync.act(4)).toBe(4);
    log.push("the call is over");
    await Promise.all(asked);
    expect(log.slice(0, 2)).toEqual(["the call of 1.0.0 is under way", "the call is over"]);
    // The snapshot is taken first; its digests come from another thread, and so may its answer after the swap's.
    expect(log.slice(2).sort()).toEqual(["a snapshot of true", "version 2.0.0"]);
    expect(await plugin.call.value()).toBe(4);
  });
});

test("an argument whose getter calls the plugin again is refused, and harms nothing", async () => {
  await using plugin = await load(Shapes, await guest("shapes"));
  const at = {
    get x(): number {
      return plugin.callSync.byte(7);
    },
    labels: [],
  };
  expect(await refused(() => plugin.callSync.point(at))).toBe(
    "[argument] could not call counter.point: reading the arguments failed: [swapping] could not call counter.byte at once: a swap or other calls come first; use call, which waits; it was not called",
  );
  expect(await plugin.call.byte(7)).toBe(7);
});
