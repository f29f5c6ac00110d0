/** Texts from modules, guests and peers: whatever is in them, errors, events and records can be printed, and are short. */
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isPrintable, printable } from "../../abi/printable.ts";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import { writeSnapshot } from "../../abi/state/container.ts";
import { capability, contract, load, type Plugin, PluginError } from "../../host/mod.ts";
import { failure, manifest, wat } from "./guest.ts";

/** Clears the screen, forges a line of a log, turns the direction, hides. */
const EVIL = "\u001b[2J\nroot: all is well\u202e\u0007\u009b\u2028\u200b\r";
const SEEN = "\\u{1b}[2J\\nroot: all is well\\u{202e}\\u{7}\\u{9b}\\u{2028}\\u{200b}\\r";
/** Bytes of a memory that are a text of the guest's. */
const LONG = 1_000_000;

/** Bytes as the text format has them. */
const bytes = (of: Uint8Array) => [...of].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
const utf8 = new TextEncoder().encode(EVIL);
/** As an AssemblyScript string has it: in UTF-16, here with half a character at its end. */
const units = new Uint8Array(Uint16Array.from(`${EVIL}\ud800`, (unit) => unit.charCodeAt(0)).buffer);
const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);

/**
 *     64: (1, pointer, length) of the evil text      96: the same of the long one      128: the text
 *     512: size and units of an AssemblyScript string      65536 and on: 1,000,000 zeros
 */
const MEMORY = `
  (memory (export "memory") 20)
  (data (i32.const 64) "${bytes(u32(1, 128, utf8.length))}")
  (data (i32.const 96) "${bytes(u32(1, 65_536, LONG))}")
  (data (i32.const 128) "${bytes(utf8)}")
  (data (i32.const 512) "${bytes(u32(units.length))}${bytes(units)}")
  (data (i32.const 65532) "${bytes(u32(LONG))}")`;

const Ask = contract("moult:plugin/world@1", { f: { params: [] } });
const plain = [{ name: "f", params: [] }];
const asking = (result: unknown) => [{ name: "f", params: [], result }];

/** All that an error of ours says, here and in what it carries. */
function texts(error: unknown): string[] {
  if (!(error instanceof Error && OURS.has(error.name))) return [];
  const own = error instanceof PluginError ? [error.rawMessage, ...strings(error.record)] : [];
  return [error.message, ...own, ...texts(error.cause)];
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

const OURS = new Set(["PluginError", "AbiError", "GuestAbort", "GrantFailure"]);

/** Everything that was said of it can be printed, and is short. */
function printed(said: readonly string[]): void {
  for (const text of said) {
    expect([text, isPrintable(text)]).toEqual([text, true]);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16_500);
  }
}

/** Loads and calls; @returns the error, wherever it came from. */
async function told(source: Uint8Array | Promise<Uint8Array>, options: object = {}): Promise<PluginError> {
  const work = async () => {
    await using plugin: Plugin = await load(await source, options);
    await plugin.call.f!();
  };
  return failure(work());
}

const aborting = (message: number, file: number) =>
  wat(
    `(import "env" "abort" (func $abort (param i32 i32 i32 i32))) ${MEMORY}
     (func (export "f") (call $abort (i32.const ${message}) (i32.const ${file}) (i32.const 1) (i32.const 2)))`,
    { manifest: manifest({ exports: plain }) },
  );
const answering = (pointer: number, result: unknown) =>
  wat(`${MEMORY} (func (export "f") (result i32) i32.const ${pointer})`, {
    manifest: manifest({ exports: asking(result) }),
  });
const complaining = (pointer: number) =>
  wat(
    `${MEMORY} (func (export "f"))
     (func (export "moult:plugin/state@1.0.0#check-state") (result i32) i32.const ${pointer + 4})`,
    { manifest: manifest({ exports: plain }) },
  );
const importing = (names: readonly string[]) =>
  wat(
    names
      .map((name) => `(import "${bytes(new TextEncoder().encode(name))}" "${bytes(utf8)}" (func))`)
      .join(" "),
  );
const saying = (parts: object) => wat(MEMORY, { manifest: manifest(parts as never) });

const shapes: readonly (readonly [what: string, make: () => Promise<PluginError>, part: string])[] = [
  ["the message of an abort", () => told(aborting(516, 0)), `${SEEN}\\u{d800}`],
  ["the file of an abort", () => told(aborting(0, 516)), `abort (${SEEN}\\u{d800}:1:2)`],
  ["an err", () => told(answering(64, { result: { err: "string" } })), `answered an error: ${SEEN}`],
  [
    "an err with fields",
    () => told(answering(64, { result: { err: { record: [{ name: "why", type: "string" }] } } })),
    `{ why: "\\u001b[2J\\nroot: all is well\\u{202e}\\u0007\\u{9b}\\u{2028}\\u{200b}\\r" }`,
  ],
  ["a complaint about the state", () => told(complaining(64)), `finds its state wrong: ${SEEN}`],
  ["names of imports", () => told(importing([EVIL])), `${SEEN}.${SEEN} (function)`],
  ["the name in a manifest", () => told(saying({ name: EVIL })), "name: wanted a line of text"],
  [
    "the version in a manifest",
    () => told(saying({ version: `1.0.0-${EVIL}` })),
    "version: a semantic version",
  ],
  ["the producer in a manifest", () => told(saying({ producer: EVIL })), "producer: wanted a line of text"],
  [
    "the interface in a manifest",
    () => told(saying({ interface: `a:b/c@1.0.0${EVIL}` })),
    "interface: an interface with its full version",
  ],
  [
    "the name of a function in a manifest",
    () => told(saying({ exports: [{ name: EVIL, params: [] }] })),
    "exports[0].name: wanted a WIT name",
  ],
  [
    "the name of a type in a manifest",
    () => told(saying({ exports: asking({ enum: ["a"], name: EVIL }) })),
    "none of them a control character",
  ],
  [
    "a key too many of a type in a manifest",
    () => told(saying({ exports: asking({ enum: ["a"], [EVIL]: 1 }) })),
    "has a key too many",
  ],
  ["what is no JSON in a manifest", () => told(wat(MEMORY, { manifest: `{${EVIL}` })), "is not JSON"],
  [
    "the name in a schema",
    () => {
      const schema = { type: "record", name: EVIL, fields: [] };
      return told(saying({ state: { schema, fingerprint: "0".repeat(64), migrations: [] } }));
    },
    "[bad-manifest]",
  ],
  [
    "the engine's words about an export",
    () => told(wat(`${MEMORY} ${`(func (export "${bytes(utf8)}"))`.repeat(2)}`)),
    "[invalid-module]",
  ],
  [
    "what a grant of yours says after the guest",
    () => {
      const grant = capability("test:say/say@1", { say: { params: [z.string()], kind: "read" } }, () => ({
        say: (text) => {
          throw new Error(`nobody knows ${text}`);
        },
      }));
      const say = { name: "say", params: [{ name: "text", type: "string" }] };
      const source = wat(
        `(import "test:say/say@1.0.0" "say" (func $say (param i32 i32))) ${MEMORY}
         (func (export "f") (call $say (i32.const 128) (i32.const ${utf8.length})))`,
        {
          manifest: manifest({
            exports: plain,
            imports: [{ interface: "test:say/say@1.0.0", functions: [say] }],
          }),
        },
      );
      return told(source, { grant: [grant] });
    },
    `nobody knows ${SEEN}`,
  ],
  [
    "the plugin that a snapshot says it is of",
    async () => {
      const schema = { type: "record", name: "Other", fields: [] };
      const state = await writeSnapshot({
        schema,
        fingerprint: await fingerprint(schema),
        datum: new Uint8Array(0),
        plugin: EVIL,
        version: EVIL,
      });
      return told(saying({}), { state });
    },
    "[incompatible-state]",
  ],
  ["a text that should have been a URL", () => failure(load(EVIL as never)), SEEN],
  [
    "what a peer answers",
    async () => {
      const server = createServer((socket) => void socket.end("HTTP/1.1 500 a\u009b[31mb\r\n\r\n", "latin1"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        const { port } = server.address() as AddressInfo;
        return await failure(load(new URL(`http://127.0.0.1:${port}/a.wasm`)));
      } finally {
        server.close();
      }
    },
    "[unavailable]",
  ],
];

describe("a text that is not ours is printable in every error", () => {
  test.each(shapes)("%s", async (_, make, part) => {
    const error = await make();
    expect(error.message).toContain(part);
    printed(texts(error));
    printed([error.name, String(error.advice ?? "")]);
  });
});

describe("a text that is long is cut in every error, which says by how much", () => {
  const long: readonly (readonly [what: string, make: () => Promise<PluginError>])[] = [
    ["the message of an abort", () => told(aborting(65_536, 0))],
    ["an err", () => told(answering(96, { result: { err: "string" } }))],
    ["an err with fields", () => told(answering(96, { result: { err: { tuple: ["string"] } } }))],
    ["a complaint about the state", () => told(complaining(96))],
    ["names of imports", () => told(importing(Array.from({ length: 1_000 }, (_, i) => `${EVIL}${i}`)))],
  ];

  test.each(long)("%s", async (what, make) => {
    const error = await make();
    const said = texts(error);
    printed(said);
    for (const text of said) expect(Buffer.byteLength(text)).toBeLessThan(4_096 + 300);
    if (what !== "an err with fields") expect(error.message).toMatch(/… \(\d+ characters left out\)/);
  });
});

test("an abort says how much of its message was not read", async () => {
  const text = bytes(new Uint8Array(Uint16Array.from("x".repeat(5_000), () => 0x78).buffer));
  const source = await wat(
    `(import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory (export "memory") 1)
     (data (i32.const 508) "${bytes(u32(10_000))}${text}")
     (func (export "f") (call $abort (i32.const 512) (i32.const 0) (i32.const 1) (i32.const 2)))`,
    { manifest: manifest({ exports: plain }) },
  );
  expect((await told(source)).message).toContain(
    `trapped: ${"x".repeat(4_000)}… (1000 characters left out); it is`,
  );
});

test("records, events and reports are printable too", async () => {
  const serves = (version: string, body: string, parts: object = {}) =>
    wat(`(import "env" "abort" (func $abort (param i32 i32 i32 i32))) ${MEMORY} ${body}`, {
      manifest: manifest({ version, exports: plain, ...parts }),
    });
  const calm = await serves("1.0.0", '(func (export "f"))');
  const trapping = await serves(
    "2.0.0",
    '(func (export "f") (call $abort (i32.const 516) (i32.const 0) (i32.const 1) (i32.const 2)))',
  );
  const complains = await serves(
    "3.0.0",
    '(func (export "f")) (func (export "moult:plugin/state@1.0.0#check-state") (result i32) i32.const 68)',
  );
  const plugin = await load(Ask, calm);
  const told: unknown[] = [];
  plugin.on("transition", (record) => told.push(record));
  plugin.on("trap", ({ error }) => told.push(...texts(error)));
  const mirror = await plugin.mirror(trapping);
  await plugin.call.f();
  told.push(await mirror.report());
  mirror.close();
  await failure(plugin.swap(complains));
  await plugin.swap(trapping, { probation: {} });
  await plugin.call.f();
  await plugin.swap(trapping);
  await failure(plugin.call.f());
  const said = strings([told, plugin.history()]);
  printed(said);
  expect(plugin.history().map(({ outcome }) => outcome)).toEqual([
    "refused",
    "swapped",
    "rolled-back",
    "swapped",
  ]);
  expect(said.filter((text) => text.includes(SEEN)).length).toBeGreaterThan(5);
});

describe("a printable text", () => {
  const rows: readonly (readonly [text: string, shown: string])[] = [
    ["", ""],
    ["plain, ünïcode, 日本語, 🎉", "plain, ünïcode, 日本語, 🎉"],
    ["❤️ and ❤︎", "❤️ and ❤︎"],
    ["a\nb\r\tc\0", "a\\nb\\r\\tc\\u{0}"],
    ["\u001b[31m\u007f\u0085", "\\u{1b}[31m\\u{7f}\\u{85}"],
    ["\u202eabc\u2066\u200f", "\\u{202e}abc\\u{2066}\\u{200f}"],
    ["\ud800 \udc00", "\\u{d800} \\u{dc00}"],
    ["\u2028\u2029\ufeff\u00ad", "\\u{2028}\\u{2029}\\u{feff}\\u{ad}"],
    ["\u{e0041}\u3164\u115f", "\\u{e0041}\\u{3164}\\u{115f}"],
  ];

  test.each(rows)("%j", (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect([isPrintable(text), isPrintable(shown)]).toEqual([text === shown, true]);
  });

  test.each(["a", "é", "日", "🎉", "\0", "\ud800", "a\n"])(
    "of many %j has no more bytes than it may",
    (each) => {
      for (const most of [100, 4_096]) {
        for (const length of [most / 4, most / 2, most - 1, most, most + 1, 10 * most]) {
          const text = each.repeat(Math.ceil(length / each.length));
          const shown = printable(text, most);
          expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(most);
          expect(isPrintable(shown)).toBe(true);
          expect(printable(shown, most)).toBe(shown);
          const left = /^(.*)… \((\d+) characters left out\) …(.*)$/.exec(shown);
          if (left && isPrintable(each))
            expect(left[1]!.length + Number(left[2]) + left[3]!.length).toBe(text.length);
          else if (isPrintable(each)) expect(shown).toBe(text);
        }
      }
    },
  );

  test("is cut before and behind what is left out, and never shown twice", () => {
    const text = `${"x".repeat(90)}${"\0".repeat(10)}`;
    const left = /^(x+)… \((\d+) characters left out\) …(.*)$/.exec(printable(text, 120));
    expect(left![1]!.length + Number(left![2]) + left![3]!.length / "\\u{0}".length).toBe(text.length);
  });

  test("is not looked at to its end where that is far", () => {
    const text = "x".repeat(2 ** 28);
    expect(printable(text)).toMatch(/^x+… \(26843\d+ characters left out\) …x+$/);
  });
});

test("an error is one line, whatever it is made of", () => {
  const error = new PluginError("busy", `could not ${EVIL}`, { advice: `@was("${EVIL}")\nclass A {}` });
  expect(error.rawMessage).toBe(`could not ${SEEN}`);
  expect(error.message.split("\n").every(isPrintable)).toBe(true);
  expect(error.advice?.split("\n").at(-1)).toBe("class A {}");
  expect(new PluginError("busy", `could not ${"x".repeat(10 ** 6)}; it still serves`).message).toMatch(
    /^\[busy\] could not x+… \(\d+ characters left out\) …x+; it still serves$/,
  );
});
