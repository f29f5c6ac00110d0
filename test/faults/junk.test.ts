/** What callers without a type checker give as contracts and schemas: every refusal is a PluginError that names the place. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { z as three } from "zod/v3";
import { capability, contract, load, PluginError, wit } from "../../host/mod.ts";
import { failure, refused, wat } from "./guest.ts";

const named = contract as unknown as (name: unknown, functions?: unknown) => unknown;
const offered = capability as unknown as (...given: unknown[]) => unknown;
const functions = "say functions by their names, each { params: [...], returns }";
const schema = "say a schema of zod 4, as z.string(), or wit.*";
const names = 'wanted one like "demo:logs/handler@1" or "demo:logs/handler@1.2.0"';

describe("what is no schema", () => {
  const rows: readonly (readonly [given: unknown, found: string])[] = [
    [undefined, "undefined"],
    [null, "null"],
    [{}, "an object"],
    [{ type: "string" }, "an object"],
    ["string", 'string "string"'],
    [z.string, "a function"],
    [String, "a function"],
    [three.string(), "a schema of zod 3"],
    [three.array(three.date()), "a schema of zod 3"],
    [[z.string()], "an array of 1"],
    [{ _zod: {} }, "an object"],
    [{ _zod: { def: null } }, "an object"],
    [{ _zod: { def: { type: 1 } } }, "an object"],
  ];
  test.each(rows)("%o", async (given, found) => {
    const at = async (text: string, one: unknown, more = {}) =>
      expect(await refused(() => named("test:junk/f@1", { f: { params: [z.string(), one], ...more } }))).toBe(
        `[bad-contract] could not use test:junk/f@1, f, ${text}: found ${found}; ${schema}`,
      );
    await at("parameter 2", given);
    if (given !== undefined) await at("returns", z.string(), { returns: given });
    await at("parameter 2.in", mini.object({ in: given as never }));
    await at("parameter 2[]", z.array(given as never));
  });
});

describe("what are no functions", () => {
  test.each([
    [undefined, "undefined"],
    [null, "null"],
    ["f", 'string "f"'],
    [[], "an array of 0"],
    [() => ({}), "a function"],
  ])("%o", async (given, found) => {
    const inner = "could not use test:junk/f@1, f";
    expect(await refused(() => named("test:junk/f@1", given))).toBe(
      `[bad-contract] could not use test:junk/f@1, functions: found ${found}; ${functions}`,
    );
    expect(await refused(() => named("test:junk/f@1", { f: given }))).toBe(
      `[bad-contract] ${inner}: found ${found}; ${functions}`,
    );
    expect(await refused(() => offered("test:junk/f@1", { f: given }, () => ({})))).toBe(
      `[bad-contract] ${inner}: found ${found}; ${functions}`,
    );
    if (Array.isArray(given)) return;
    expect(await refused(() => named("test:junk/f@1", { f: { params: given } }))).toBe(
      `[bad-contract] ${inner}, params: found ${found}; say a list of schemas, [] for none`,
    );
  });

  test("with a schema where the list of them should be", async () => {
    expect(await refused(() => named("test:junk/f@1", { f: { params: z.string() } }))).toBe(
      "[bad-contract] could not use test:junk/f@1, f, params: found an object (ZodString); say a list of schemas, [] for none",
    );
  });
});

test.each([
  [undefined, "undefined"],
  [Symbol("a"), "a symbol"],
  [Object.create(null), "an object"],
  [1, "number 1"],
])("a name that is no text: %o", async (name, found) => {
  expect(await refused(() => named(name, {}))).toBe(
    `[bad-contract] could not use a contract: found ${found}, ${names}`,
  );
  expect(await refused(() => offered(name, {}, () => ({})))).toBe(
    `[bad-contract] could not use a capability: found ${found}, ${names}`,
  );
});

describe("a schema that contains itself", () => {
  const hint = "found a type in itself; WIT types cannot contain themselves; say z.string() for JSON";
  const Node: z.ZodType = z.object({
    name: z.string(),
    get next() {
      return z.optional(Node);
    },
  });
  const Tree: z.ZodType = z.object({
    get children() {
      return z.array(Tree);
    },
  });
  const endless = (): z.ZodType =>
    z.object({
      get next() {
        return endless();
      },
    });

  test.each([
    ["through an option", Node, ".next"],
    ["through a list", Tree, ".children[]"],
  ])("%s", async (_, schema, step) => {
    expect(await refused(() => named("test:junk/f@1", { f: { params: [schema] } }))).toBe(
      `[bad-contract] could not use test:junk/f@1, f, parameter 1${step}: ${hint}`,
    );
  });

  test("in new objects without end, or nests too deep", async () => {
    expect((await failure(() => named("test:junk/f@1", { f: { params: [endless()] } }))).message).toContain(
      hint,
    );
    let deep: z.ZodType = z.string();
    for (let i = 0; i < 100_000; i++) deep = z.array(deep);
    expect((await failure(() => named("test:junk/f@1", { f: { params: [deep] } }))).code).toBe(
      "bad-contract",
    );
  });

  test("is none when it only stands twice", () => {
    const Point = z.object({ x: z.int32() });
    expect(() =>
      contract("test:junk/f@1", { f: { params: [Point, z.tuple([Point, Point])] } }),
    ).not.toThrow();
  });
});

test("a schema that throws when it is read is told with its cause", async () => {
  const bad = z.object({
    get a(): z.ZodString {
      throw new TypeError("not yet");
    },
  });
  const error = await failure(() => named("test:junk/f@1", { f: { params: [bad] } }));
  expect(error.message).toBe(
    "[bad-contract] could not use test:junk/f@1, f: reading its schemas failed: not yet",
  );
  expect((error.cause as Error).message).toBe("not yet");
});

test("a capability of another kind, or without a factory, is refused", async () => {
  expect(
    await refused(() => offered("test:junk/f@1", { f: { params: [], kind: "write" } }, () => ({}))),
  ).toBe(
    '[bad-contract] could not use test:junk/f@1, f: found the kind string "write"; say one of read, effect, post',
  );
  expect(await refused(() => offered("test:junk/f@1", { f: { params: [] } }, { f: () => {} }))).toBe(
    "[bad-contract] could not use test:junk/f@1: found an object as its factory; say a function that makes the implementation",
  );
});

test("what is no contract is refused where a contract should stand", async () => {
  const module = await wat('(memory (export "memory") 1)');
  const raw = { f: { params: [z.string()] } };
  const wanted = 'wanted a contract: contract("demo:logs/handler@1", { ... })';
  const loaded = load as unknown as (...given: unknown[]) => Promise<unknown>;
  expect(await refused(loaded(raw, module))).toBe(
    `[bad-contract] could not load: found an object, ${wanted}`,
  );
  expect(await refused(loaded(undefined, new URL("file:///nowhere")))).toBe(
    `[bad-contract] could not load: found undefined, ${wanted}`,
  );
  await using plugin = await load(module);
  expect(await refused(() => plugin.as(raw as never))).toBe(
    `[bad-contract] could not look at hand: found an object, ${wanted}`,
  );
});

describe("junk of any kind", () => {
  const zods = [
    z.string(),
    z.date(),
    z.any(),
    mini.record(mini.string(), mini.any()),
    wit.u8(),
    three.string(),
  ];
  const parts = fc.letrec((tie) => ({
    junk: fc.oneof(
      { maxDepth: 4 },
      fc.anything({ withNullPrototype: true, withMap: true, withTypedArray: true, withSparseArray: true }),
      fc.constantFrom<unknown>(
        ...zods,
        Symbol("a"),
        () => {},
        new Proxy({}, {}),
        Proxy.revocable({}, {}).proxy,
      ),
      fc.record({ params: tie("junk"), returns: tie("junk"), kind: tie("junk") }, { requiredKeys: [] }),
      fc.array(tie("junk"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("f", "g", "__proto__", "toString"), tie("junk"), { maxKeys: 2 }),
      tie("def"),
    ),
    def: fc
      .record(
        {
          type: fc.constantFrom<unknown>(
            ..."string number bigint array set map tuple optional nullable readonly enum literal object union custom date lazy".split(
              " ",
            ),
            1,
          ),
          ...Object.fromEntries(
            "format checks element innerType shape catchall items rest keyType valueType entries values options discriminator wit coerce"
              .split(" ")
              .map((key) => [key, fc.oneof(tie("junk"), fc.constant("tag"), fc.constant(undefined))]),
          ),
        },
        { requiredKeys: ["type"] },
      )
      .map((def) => ({ _zod: { def } })),
  }));

  test("is a contract, or refused by a PluginError", () => {
    const only = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        expect(error.code).toBe("bad-contract");
        expect(error.message).toMatch(/^\[bad-contract\] could not use /);
      }
    };
    fc.assert(
      fc.property(parts.junk, parts.def, (junk, def) => {
        for (const one of [junk, def]) {
          only(() => named(one, one));
          only(() => named("test:junk/f@1", one));
          only(() => named("test:junk/f@1", { f: one }));
          only(() => named("test:junk/f@1", { f: { params: one } }));
          only(() => named("test:junk/f@1", { f: { params: [one], returns: one } }));
          only(() => named("test:junk/f@1", { f: { params: [z.array(one as never)] } }));
          only(() => named("test:junk/f@1", { f: { params: [wit.result(one as never, null)] } }));
          only(() => offered("test:junk/f@1", one, one));
          only(() => offered("test:junk/f@1", { f: one }, () => ({})));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
