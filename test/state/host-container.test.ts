import { createHash } from "node:crypto";
import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../abi/state/avro/decode.ts";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { readSnapshot, writeSnapshot } from "../../abi/state/container.ts";
import { forAvsc, type Json, oracle, stateWithValue } from "./host-states.ts";

const TOTALS = {
  type: "record",
  name: "Totals",
  fields: [
    { name: "lines", type: { type: "long", moult: "u64" } },
    { name: "clients", type: { type: "array", items: "string", moult: "set" } },
  ],
};

async function snapshotOf(schema: Json, value: unknown, name = "logs"): Promise<Uint8Array<ArrayBuffer>> {
  const datum = encode(parseSchema(schema), value).slice();
  return writeSnapshot({
    schema,
    datum,
    plugin: name,
    version: "1.2.0",
    fingerprint: await fingerprint(schema),
  });
}
const totals = () => snapshotOf(TOTALS, { lines: 2n ** 64n - 1n, clients: new Set(["10.0.0.1", "é"]) });

/** What a stock Avro tool makes of a file. */
async function avscReads(file: Uint8Array, schema: unknown) {
  const decoder = new avsc.streams.BlockDecoder({ parseHook: () => oracle(schema) });
  const values: unknown[] = [];
  let header: { meta: Record<string, Buffer>; sync: Buffer } | undefined;
  decoder.on("metadata", (_type: unknown, _codec: unknown, head: unknown) => {
    header = head as typeof header;
  });
  decoder.end(Buffer.from(file));
  for await (const value of decoder) values.push(value);
  return { values, meta: header?.meta, sync: header?.sync };
}
async function avscWrites(schema: unknown, values: readonly unknown[], options = {}): Promise<Uint8Array> {
  const encoder = new avsc.streams.BlockEncoder(oracle(schema), { writeHeader: true, ...options });
  for (const value of values) encoder.write(value);
  encoder.end();
  const parts: Buffer[] = [];
  for await (const part of encoder) parts.push(part as Buffer);
  return new Uint8Array(Buffer.concat(parts));
}
const saysWhy = async (read: Promise<unknown>) =>
  read.then(
    () => "nothing",
    (error) => `${error.name} ${error.fault}: ${error.message}`,
  );

describe("a snapshot file", () => {
  it("says whose state it is, and what it is, and reads back", async () => {
    const file = await totals();
    const snapshot = await readSnapshot(file);
    expect(snapshot).toMatchObject({
      schema: TOTALS,
      plugin: "logs",
      version: "1.2.0",
      fingerprint: await fingerprint(TOTALS),
    });
    expect(decode(parseSchema(TOTALS), snapshot.datum)).toEqual({
      lines: 2n ** 64n - 1n,
      clients: new Set(["10.0.0.1", "é"]),
    });
  });

  it("is read by another Avro tool, which sees a u64 above 2^63 as negative", async () => {
    const { values, meta, sync } = await avscReads(await totals(), TOTALS);
    expect(values).toEqual([{ lines: -1n, clients: ["10.0.0.1", "é"] }]);
    const print = await fingerprint(TOTALS);
    expect(Object.fromEntries(Object.entries(meta!).map(([key, value]) => [key, value.toString()]))).toEqual({
      "avro.schema": JSON.stringify(TOTALS),
      "avro.codec": "null",
      "moult.plugin": "logs",
      "moult.version": "1.2.0",
      "moult.fingerprint": print,
      "moult.digest": createHash("sha256")
        .update((await readSnapshot(await totals())).datum)
        .digest("hex"),
      "moult.seal": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(sync!.toString("hex")).toBe(print.slice(0, 32));
  });

  it("of the same state has the same bytes", async () => {
    expect(await totals()).toEqual(await totals());
    const other = await snapshotOf(TOTALS, { lines: 0n, clients: new Set() });
    expect(other).not.toEqual(await totals());
  });

  it("keeps any state, for us and for avsc", async () => {
    await fc.assert(
      fc.asyncProperty(stateWithValue, async ({ schema, value }) => {
        const file = await snapshotOf(schema, value);
        const { datum, schema: read } = await readSnapshot(file);
        expect(decode(parseSchema(read), datum)).toEqual(value);
        expect((await avscReads(file, schema)).values).toEqual([forAvsc(parseSchema(schema), value)]);
      }),
      { numRuns: 100 },
    );
  });

  it("that avsc wrote is taken, without a plugin's name", async () => {
    await fc.assert(
      fc.asyncProperty(stateWithValue, async ({ schema, value }) => {
        const file = await avscWrites(schema, [forAvsc(parseSchema(schema), value)]);
        const snapshot = await readSnapshot(file);
        expect(snapshot.datum).toEqual(encode(parseSchema(schema), value));
        expect(snapshot.plugin).toBeUndefined();
        expect(snapshot.version).toBeUndefined();
        expect(snapshot.fingerprint).toBe(await fingerprint(schema));
      }),
      { numRuns: 50 },
    );
  });

  it("of opaque state holds it as a value of Avro's bytes", async () => {
    const datum = Uint8Array.of(3, 1, 4, 1, 5);
    const print = await fingerprint("bytes");
    const file = await writeSnapshot({
      schema: "bytes",
      datum,
      plugin: "p",
      version: "0.1.0",
      fingerprint: print,
    });
    expect((await avscReads(file, "bytes")).values).toEqual([Buffer.from(datum)]);
    expect(await readSnapshot(file)).toEqual({
      schema: "bytes",
      datum,
      plugin: "p",
      version: "0.1.0",
      fingerprint: print,
    });
  });

  it("is a part of a larger buffer without being confused by it", async () => {
    const file = await totals();
    const around = new Uint8Array(file.length + 20).fill(0xff);
    around.set(file, 7);
    expect((await readSnapshot(around.subarray(7, 7 + file.length))).plugin).toBe("logs");
  });
});

describe("a file that is no snapshot", () => {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));
  it.each([
    [
      "an empty one",
      bytes(""),
      "at byte 0 of 0: found no Avro object container file (it begins with nothing)",
    ],
    ["JSON", bytes("{}"), "at byte 0 of 2: found no Avro object container file (it begins with 7b7d)"],
    [
      "of another version of Avro",
      bytes("Obj\x02.."),
      "at byte 0 of 6: found no Avro object container file (it begins with 4f626a02)",
    ],
    ["only the magic", bytes("Obj\x01"), "at byte 4 of 4: found the end in a long"],
    [
      "without a schema",
      bytes(`Obj\x01\x00${"s".repeat(16)}\x02\x00${"s".repeat(16)}`),
      'the snapshot cannot be used: its header has no "avro.schema"',
    ],
  ])("%s", async (_, file, message) => {
    expect(await saysWhy(readSnapshot(file))).toBe(`AbiError snapshot: ${message}`);
  });

  it("says nothing twice", async () => {
    const entry = `\x14avro.codec\x08null`;
    const header = (entries: number) => `Obj\x01${String.fromCharCode(entries * 2)}\x16avro.schema\x0a"int"`;
    const rest = `\x00${"s".repeat(16)}\x02\x02\x08${"s".repeat(16)}`;
    expect((await readSnapshot(bytes(`${header(2)}${entry}${rest}`))).datum).toEqual(Uint8Array.of(8));
    expect(await saysWhy(readSnapshot(bytes(`${header(3)}${entry}${entry}${rest}`)))).toBe(
      'AbiError snapshot: at byte 39 of 91: found the header entry "avro.codec" twice',
    );
  });

  it("holds one state, uncompressed", async () => {
    const schema = { type: "record", name: "R", fields: [{ name: "n", type: "int" }] };
    const compressed = await avscWrites(schema, [{ n: 1 }], { codec: "deflate" });
    expect(await saysWhy(readSnapshot(compressed))).toBe(
      'AbiError snapshot: the snapshot cannot be used: it is compressed with "deflate", wanted the codec "null"',
    );
    expect(await saysWhy(readSnapshot(await avscWrites(schema, [{ n: 1 }, { n: 2 }])))).toBe(
      "AbiError snapshot: the snapshot cannot be used: it holds 2 states, wanted one",
    );
    expect(await saysWhy(readSnapshot(await avscWrites(schema, [])))).toBe(
      "AbiError snapshot: the snapshot cannot be used: it holds 0 states, wanted one",
    );
  });

  it("has a schema that can be used, and a datum of it", async () => {
    const file = async (schema: Json, datum: Uint8Array<ArrayBuffer>) => {
      const made = Buffer.from(await snapshotOf("null", null));
      // Our writer writes no such file: its parts are put in by hand.
      const header = made.subarray(0, made.indexOf("moult.plugin") - 1);
      const text = Buffer.from(JSON.stringify(schema));
      const entries = [
        Buffer.from("Obj\x01\x02\x16avro.schema"),
        encode(parseSchema("bytes"), text),
        Buffer.from([0]),
      ];
      expect(header.length).toBeGreaterThan(0);
      const sync = Buffer.alloc(16, 7);
      return new Uint8Array(
        Buffer.concat([...entries, sync, Buffer.from([2]), encode(parseSchema("bytes"), datum), sync]),
      );
    };
    expect(await saysWhy(readSnapshot(await file("int", Uint8Array.of(4))))).toBe("nothing");
    expect(await saysWhy(readSnapshot(await file("nit", Uint8Array.of(4))))).toBe(
      'AbiError snapshot: the snapshot cannot be used: its schema cannot be used: schema: found the type "nit", which nothing before it defines',
    );
    expect(await saysWhy(readSnapshot(await file("int", Uint8Array.of(4, 4))))).toBe(
      "AbiError snapshot: the snapshot cannot be used: its datum is not of its schema: at byte 1 of 2: found 1 bytes after the value",
    );
    expect(await saysWhy(readSnapshot(await file({ type: "int", moult: "u8" }, Uint8Array.of(1))))).toBe(
      "AbiError snapshot: the snapshot cannot be used: its datum is not of its schema: at byte 0 of 1: found -1, wanted a u8",
    );
  });

  it("cut anywhere says so", async () => {
    const file = await totals();
    for (let length = 0; length < file.length; length++) {
      expect(await saysWhy(readSnapshot(file.slice(0, length)))).toMatch(/^AbiError snapshot: /);
    }
    expect(await saysWhy(readSnapshot(Uint8Array.of(...file, 0)))).toMatch(/^AbiError snapshot: at byte/);
  });

  it("with any bit flipped says so, or reads as the same snapshot", async () => {
    const file = await totals();
    const whole = await readSnapshot(file);
    const unseen: number[] = [];
    for (let bit = 0; bit < file.length * 8; bit++) {
      const flipped = file.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const said = await saysWhy(readSnapshot(flipped).then((read) => expect(read).toEqual(whole)));
      if (said === "nothing") unseen.push(bit >> 3);
      else expect(said).toMatch(/^AbiError snapshot: /);
    }
    // The name of the codec's entry, without which there is no compression either.
    const codec = Buffer.from(file).indexOf("avro.codec");
    expect([...new Set(unseen)].every((at) => at >= codec && at < codec + 10)).toBe(true);
  });

  it("with several bits flipped never does more than say so", async () => {
    const file = await totals();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1 }),
        async (changes) => {
          const broken = file.slice();
          for (const [at, byte] of changes) broken[at] = byte;
          expect(await saysWhy(readSnapshot(broken))).toMatch(/^(nothing|AbiError snapshot: .+)/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["moult.plugin", "logs", "evil", /its header has the SHA-256 [0-9a-f]{64}, its seal says [0-9a-f]{64}$/],
    ["a field's type", '"u64"', '"u6x"', /its header has the SHA-256/],
    [
      "the schema",
      '"lines"',
      '"lineZ"',
      /its schema has the fingerprint [0-9a-f]{64}, its header says [0-9a-f]{64}$/,
    ],
    [
      "the datum",
      "10.0.0.1",
      "10.0.0.2",
      /its datum has the SHA-256 [0-9a-f]{64}, its header says [0-9a-f]{64}$/,
    ],
    ["an entry's name", "moult.digest", "moult.digesT", /its header has no "moult.digest"$/],
    [
      "an entry's name, to another's",
      "moult.version",
      "moult.digest\0",
      /found the header entry|its header has no/,
    ],
  ])("names %s when that was changed", async (_, from, to, message) => {
    const file = Buffer.from(await totals());
    file.write(to, file.indexOf(from), "latin1");
    expect(await saysWhy(readSnapshot(new Uint8Array(file)))).toMatch(message);
  });
});
