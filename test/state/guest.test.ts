import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decode, encode } from "../../abi/state/avro/decode.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { avroSchema } from "../../abi/transform/schema.ts";
import { oracleOf, valuesOf } from "./avro-oracle.ts";
import { build, Plugin } from "./guest-plugin.ts";
import * as rich from "./guest-rich.ts";

/** The last one collects in the smallest steps, at every allocation once it has begun. */
const variants = [["-O0"], ["-O3"], ["-O3", "--converge", "--use", "ASC_GC_GRANULARITY=1"]];

describe.each(variants.map((flags) => [flags.join(" "), flags] as const))(
  "a guest built with %s",
  (_, flags) => {
    let module: WebAssembly.Module;
    beforeAll(async () => {
      module = await build({ ...rich.plugin, flags });
    });

    test("saves what Avro reads, with the values that the author gave", () => {
      const type = oracleOf(rich.totals);
      const saved = new Plugin(module).save();
      expect(type.fromBuffer(Buffer.from(saved))).toEqual(rich.initial);
    });

    test("restores what Avro writes, and saves it back byte for byte", () => {
      const type = oracleOf(rich.totals);
      const plugin = new Plugin(module);
      fc.assert(
        fc.property(valuesOf(rich.totals), fc.integer({ min: 1, max: 200 }), (value, piece) => {
          const bytes = type.toBuffer(value);
          plugin.piece = piece;
          plugin.restore(bytes);
          expect(Buffer.from(plugin.save()).equals(bytes)).toBe(true);
        }),
        { numRuns: 300 },
      );
    });

    test("keeps what it restored whatever the collector was doing", () => {
      const type = oracleOf(rich.totals);
      const plugin = new Plugin(module);
      plugin.exports.keep?.(2000);
      fc.assert(
        fc.property(valuesOf(rich.totals), fc.integer({ min: 0, max: 2000 }), (value, garbage) => {
          const bytes = type.toBuffer(value);
          plugin.exports.churn?.(garbage);
          plugin.restore(bytes);
          plugin.exports.churn?.(6000);
          expect(Buffer.from(plugin.save()).equals(bytes)).toBe(true);
        }),
        { numRuns: 300 },
      );
    });

    test("and the host's own codec mean the same by every byte", () => {
      const type = oracleOf(rich.totals);
      const schema = parseSchema(avroSchema(rich.totals));
      const plugin = new Plugin(module);
      // A JavaScript set holds no -0.
      const values = valuesOf(rich.totals).filter(
        (value) => !(value as { floats: number[] }).floats.some((one) => Object.is(one, -0)),
      );
      fc.assert(
        fc.property(values, (value) => {
          plugin.restore(encode(schema, decode(schema, type.toBuffer(value))));
          expect(Buffer.from(plugin.save()).equals(type.toBuffer(value))).toBe(true);
        }),
        { numRuns: 50 },
      );
    });

    test("loses nothing when collections run in the midst of a restore", () => {
      const type = oracleOf(rich.totals);
      const next = (n: number) => ({ id: 1n, name: `next ${n}`, hits: 1n, next: null, tags: [] });
      const clients = Array.from({ length: 10_000 }, (_, n) => ({
        id: BigInt(n),
        name: `client ${n}`,
        hits: 0n,
        next: n % 3 === 0 ? next(n) : null,
        tags: [`a${n}`, `b${n}`],
      }));
      const each = <T>(entry: (n: number) => [string, T]) =>
        Object.fromEntries(clients.map((_, n) => entry(n))) as Record<string, T>;
      const bytes = type.toBuffer({
        ...rich.initial,
        clients,
        maybes: clients.map((one, n) => (n % 2 === 0 ? one : null)),
        people: clients.slice(0, 5000),
        names: clients.map((_, n) => `name ${n}`),
        byId: clients.map((value, n) => ({ key: BigInt(n), value })),
        nested: each((n) => [`key ${n}`, [{ key: BigInt(n), value: [`x${n}`] }]]),
        optionals: each((n) => [`o${n}`, n % 5 === 0 ? null : `value ${n}`]),
      });
      const plugin = new Plugin(module);
      for (let round = 0; round < 4; round++) {
        plugin.restore(bytes);
        expect(Buffer.from(plugin.save()).equals(bytes)).toBe(true);
      }
    });
  },
);
