/** Contracts and capabilities that WIT has no type for: each refusal says where, what was found, and what to say instead. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { capability, contract, type FunctionsOf, load, type Plugin, wit } from "../../host/mod.ts";
import { failure, manifest, refused, wat } from "./guest.ts";

const TWICE =
  "say z.optional(...) or z.nullable(...) alone, or wit.option(...) for an option in an option: its values are { tag, val }";

describe("a schema that WIT has no type for", () => {
  const rows: readonly (readonly [schema: () => unknown, message: string])[] = [
    [() => z.bigint(), "found z.bigint(); say z.uint64() or z.int64()"],
    [() => z.null(), "found z.null(); an option is z.optional(...) or z.nullable(...)"],
    [
      () => z.record(z.string(), z.string()),
      "found z.record(); say z.map(key, value), or z.object for known keys",
    ],
    [() => z.string().default("x"), "found z.default(); defaults belong to the caller; say z.optional(...)"],
    [
      () => z.string().prefault("x"),
      "found z.prefault(); defaults belong to the caller; say z.optional(...)",
    ],
    [
      () => z.string().transform((text) => text.length),
      "found z.pipe(); transforms belong to the caller; say the schema of what crosses",
    ],
    [
      () => z.transform((text) => text),
      "found z.transform(); transforms belong to the caller; say the schema of what crosses",
    ],
    [
      () => z.string().catch("x"),
      "found z.catch(); fallbacks belong to the caller; say the schema inside of it",
    ],
    [() => z.date(), "found z.date(); say z.uint64() for milliseconds, or z.string()"],
    [
      () => z.lazy(() => z.string()),
      "found z.lazy(); WIT types cannot contain themselves; say z.string() for JSON",
    ],
    [
      () => z.union([z.string(), z.uint32()]),
      'found z.union(); say z.discriminatedUnion("tag", ...) of { tag, val } objects, or wit.variant(...)',
    ],
    [
      () => z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]),
      'found z.union(); say z.discriminatedUnion("tag", ...) of { tag, val } objects, or wit.variant(...)',
    ],
    [
      () => z.discriminatedUnion("tag", [z.object({ tag: z.literal(1) })]),
      "found a case without a literal tag; say z.object({ tag: z.literal(...), val: ... })",
    ],
    [() => z.custom(), "found z.custom(); say wit.*, or the schema of what crosses"],
    [() => z.any(), "found z.any(); say what it may be, with wit.variant(...), or z.string() for JSON"],
    [
      () => z.unknown(),
      "found z.unknown(); say what it may be, with wit.variant(...), or z.string() for JSON",
    ],
    [() => z.never(), "found z.never(); leave it out"],
    [() => z.symbol(), "found z.symbol(); WIT has no such type; say z.enum([...])"],
    [() => z.function(), "found z.function(); functions do not cross; a plugin calls a capability"],
    [
      () => z.promise(z.string()),
      "found z.promise(); say what it becomes; a capability's function may be async: true",
    ],
    [() => z.int(), "found z.int(); say z.int32(), z.uint32() or z.float64()"],
    [() => z.string().min(1), "found z.string() with checks; checks belong to the caller"],
    [() => z.string().regex(/a/), "found z.string() with checks; checks belong to the caller"],
    [() => z.array(z.string()).max(3), "found z.array() with checks; checks belong to the caller"],
    [() => z.uint32().refine(() => true), "found z.number() with checks; checks belong to the caller"],
    [() => z.email(), "found z.email(); checks belong to the caller; say z.string()"],
    [() => z.uuid(), "found z.uuid(); checks belong to the caller; say z.string()"],
    [() => z.iso.datetime(), "found z.datetime(); checks belong to the caller; say z.string()"],
    [() => z.optional(z.readonly(z.optional(z.string()))), `found z.optional() of an option; ${TWICE}`],
    [() => z.string().nullable().optional(), `found z.optional() of an option; ${TWICE}`],
    [() => z.string().nullish(), `found z.optional() of an option; ${TWICE}`],
    [() => z.nullable(z.optional(z.string())), `found z.nullable() of an option; ${TWICE}`],
    [() => z.nullable(wit.option(z.string())), `found z.nullable() of an option; ${TWICE}`],
    [() => mini.nullable(mini.nullable(mini.string())), `found z.nullable() of an option; ${TWICE}`],
    [() => z.undefined(), "found z.undefined(); leave it out, or say z.optional(...)"],
    [() => z.nan(), "found z.nan(); say z.float64()"],
    [() => z.file(), "found z.file(); say wit.bytes() for what is in it"],
    [
      () => z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      "found z.intersection(); say one z.object(...) with the fields of both",
    ],
    [() => z.templateLiteral(["a"]), "found z.template_literal(); say z.string()"],
    [() => z.coerce.number(), "found z.coerce.number(); coercion belongs to the caller"],
    [() => z.enum({ low: 0, high: 1 }), "found z.enum of something else than strings; say z.enum([...])"],
    [() => z.enum([]), "found z.enum of nothing; leave it out"],
    [() => wit.flags(), "found wit.flags of nothing; leave it out"],
    [() => wit.variant({}), "found a variant of no cases; leave it out"],
    [() => wit.fixed(z.string(), 0), "found wit.fixed of the length number 0; say a length from 1 to 65536"],
    [
      () => wit.numbers("u128" as never),
      'found a list of "u128"; say wit.numbers() of one of s8, u8, s16, ... f64',
    ],
    [() => z.literal(7), "found z.literal of something else than strings; say z.enum([...])"],
    [() => z.literal(["a", 1]), "found z.literal of something else than strings; say z.enum([...])"],
    [() => z.tuple([z.string()], z.string()), "found a tuple with a rest; say z.array(...)"],
    [() => z.tuple([]), "found an empty tuple; leave it out"],
    [() => z.object({}), "found an empty object; WIT records have fields"],
    [() => z.looseObject({ a: z.string() }), "found an object with other keys; name the fields"],
    [
      () => z.object({ a: z.string() }).catchall(z.string()),
      "found an object with other keys; name the fields",
    ],
    [() => mini.nullable(mini.date()), "found z.date(); say z.uint64() for milliseconds, or z.string()"],
    [
      () => mini.string().check(mini.minLength(1)),
      "found z.string() with checks; checks belong to the caller",
    ],
  ];
  test.each(rows.map(([schema, message]) => [message, schema] as const))("%s", async (message, schema) => {
    expect(
      await refused(() =>
        contract("test:faults/bad@1", { run: { params: [z.string(), schema() as never] } }),
      ),
    ).toBe(`[bad-contract] could not use test:faults/bad@1, run, parameter 2: ${message}`);
  });

  test("is found wherever it lies, with its place", async () => {
    const places: readonly (readonly [schema: z.core.$ZodType, place: string])[] = [
      [z.array(z.any()), "[]"],
      [z.set(z.any()), "[]"],
      [z.optional(z.any()), ""],
      [z.readonly(z.any()), ""],
      [z.map(z.any(), z.string()), " key"],
      [z.map(z.string(), z.any()), " value"],
      [z.tuple([z.string(), z.any()]), "[1]"],
      [z.object({ topPaths: z.object({ name: z.any() }) }), ".topPaths.name"],
      [z.discriminatedUnion("tag", [z.object({ tag: z.literal("a"), val: z.any() })]), ".a"],
      [wit.result(z.string(), z.any()), ""],
      [wit.variant({ a: z.any() }), ""],
      [wit.fixed(z.any(), 3), ""],
      [wit.option(z.any()), ""],
    ];
    for (const [schema, place] of places) {
      const made = () => contract("test:faults/bad@1", { run: { params: [], returns: schema } });
      expect(await refused(made)).toBe(
        `[bad-contract] could not use test:faults/bad@1, run, returns${place}: found z.any(); say what it may be, with wit.variant(...), or z.string() for JSON`,
      );
    }
  });
});

describe("a name that is none", () => {
  const wanted = 'wanted one like "demo:logs/handler@1" or "demo:logs/handler@1.2.0"';
  test.each([
    "",
    "counter",
    "demo:logs/handler",
    "demo:logs/handler@",
    "demo:logs/handler@1.2.3.4",
    "Demo:logs/handler@1",
    "demo:logs@1",
  ])("of an interface: %o", async (name) => {
    expect(await refused(() => contract(name, {}))).toBe(
      `[bad-contract] could not use contract ${name}: found the interface "${name}", ${wanted}`,
    );
    expect(await refused(() => capability(name, {}, () => ({})))).toBe(
      `[bad-contract] could not use capability ${name}: found the interface "${name}", ${wanted}`,
    );
  });

  test.each(["", "Handle", "top-paths", "top_paths", "1st", "__proto__", "grün"])(
    "of a function: %o",
    async (key) => {
      const functions = Object.fromEntries([[key, { params: [] }]]);
      expect(await refused(() => contract("test:faults/bad@1", functions))).toBe(
        `[bad-contract] could not use test:faults/bad@1: "${key}" is not a name in camelCase`,
      );
    },
  );
});

describe("a word that says nothing of a function", () => {
  test.each([
    ["return", { params: [], return: z.string() }],
    ["result", { params: [z.string()], returns: z.string(), result: z.string() }],
    ["async", { params: [], async: true }],
    ["fails", { params: [], fails: undefined }],
  ])("in a contract: %s", async (word, said) => {
    expect(await refused(() => contract("test:faults/bad@1", { run: said }))).toBe(
      `[bad-contract] could not use test:faults/bad@1, run: found "${word}"; say params, returns, and nothing else`,
    );
  });

  test.each([
    ["Kind", { params: [], Kind: "read" }],
    ["fail", { params: [], returns: z.string(), kind: "read" as const, fail: true }],
  ])("in a capability: %s", async (word, said) => {
    const made = () => capability("test:faults/bad@1", { run: said }, () => ({ run: () => "" }) as never);
    expect(await refused(made)).toBe(
      `[bad-contract] could not use test:faults/bad@1, run: found "${word}"; say params, returns, kind, async, fails, and nothing else`,
    );
  });
});

describe("what callers see of a type", () => {
  const bool = { name: "found", type: { option: { option: "bool" } } };
  const module = () =>
    wat(
      `(memory (export "memory") 1)
       (func (export "test:faults/odd@1.0.0#bits") (param i32 i32 i32) (result i32)
         (i32.or (i32.or (i32.shl (local.get 0) (i32.const 2)) (i32.shl (local.get 1) (i32.const 1))) (local.get 2)))
       (func (export "test:faults/odd@1.0.0#run"))`,
      {
        manifest: manifest({
          interface: "test:faults/odd@1.0.0",
          exports: [
            { name: "bits", params: [bool], result: "u32" },
            { name: "run", params: [] },
          ],
        }),
      },
    );

  test("an option within an option is typed as it crosses", async () => {
    const Odd = contract("test:faults/odd@1", {
      bits: { params: [wit.option(z.optional(z.boolean()))], returns: z.uint32() },
      run: { params: [] },
    });
    await using plugin = await load(Odd, await module());
    type Found = { readonly tag: "none" } | { readonly tag: "some"; readonly val: boolean | undefined };
    expectTypeOf(plugin.call.bits).toEqualTypeOf<(found: Found) => Promise<number>>();
    expectTypeOf(plugin.call.run).toEqualTypeOf<() => Promise<undefined>>();
    expect(await plugin.call.bits({ tag: "none" })).toBe(0b000);
    expect(await plugin.call.bits({ tag: "some", val: undefined })).toBe(0b100);
    expect(await plugin.call.bits({ tag: "some", val: true })).toBe(0b111);
  });

  test("an enum is that of its values, whatever its keys are", () => {
    const Level = { Low: "low", VeryHigh: "very-high" } as const;
    const One = contract("test:faults/one@1", { one: { params: [z.enum(Level)] } });
    expect(One.functions.get("one")?.params[0]?.type).toEqual({ enum: ["low", "very-high"] });
    expectTypeOf<Plugin<typeof One>["callSync"]["one"]>().toEqualTypeOf<
      (level: "low" | "very-high") => undefined
    >();
  });

  test("an option alone is the value, or undefined", () => {
    const One = contract("test:faults/one@1", {
      one: { params: [wit.option(z.string())], returns: wit.option(wit.u8()) },
    });
    expect(One.functions.get("one")?.result).toEqual({ option: "u8" });
    expectTypeOf<Plugin<FunctionsOf<typeof One>>["callSync"]["one"]>().toEqualTypeOf<
      (one: string | undefined) => number | undefined
    >();
  });

  test("without a contract nothing is known of an answer", async () => {
    await using plugin = await load(await module());
    expectTypeOf(plugin.call.bits!).returns.toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(plugin.callSync.bits!).returns.toEqualTypeOf<unknown>();
    expect(plugin.callSync.bits!({ tag: "some", val: false })).toBe(0b110);
  });
});

describe("a capability", () => {
  test("whose post answers, or is async, contradicts itself", async () => {
    const post = (more: object) => () =>
      capability(
        "test:faults/metrics@1",
        { tell: { params: [], kind: "post", ...more } },
        () => ({ tell: () => {} }) as never,
      );
    expect(await refused(post({ returns: z.uint32() }))).toBe(
      "[bad-contract] could not use test:faults/metrics@1, tell: a post is held back, so it cannot answer",
    );
    expect(await refused(post({ async: true }))).toBe(
      "[bad-contract] could not use test:faults/metrics@1, tell: a post is not waited for, so it cannot be async",
    );
    expect((await failure(post({ async: true }))).code).toBe("bad-contract");
  });
});
