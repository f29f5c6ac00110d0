/** Schemas that cannot cross do not type-check where they are written, and are refused where no type checker looked. */
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import type { Crossing } from "../../../host/contract/crossing.ts";
import { capability, contract, wit } from "../../../host/mod.ts";

const Node = z.object({
  name: z.string(),
  get next() {
    return z.optional(Node);
  },
});

test("what cannot cross is an error of the type checker, and of the contract", () => {
  const s = [
    z.tuple([z.string(), z.date()]),
    z.array(z.any()),
    z.object({ a: z.object({ b: z.record(z.string(), z.string()) }) }),
    z.nullable(z.optional(z.string())),
    z.string().nullish(),
    z.optional(z.readonly(z.nullable(z.string()))),
    z.tuple([z.string(), z.bigint()]),
    z.map(z.string(), z.undefined()),
    z.map(z.date(), z.string()),
    z.string().transform((text) => text.length),
    z.custom<string>(),
    z.email(),
    z.union([z.string(), z.uint32()]),
    z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]),
    z.discriminatedUnion("tag", [z.object({ tag: z.literal("a"), val: z.date() })]),
    mini.date(),
    mini.array(mini.optional(mini.any())),
    mini.object({ a: mini.nullable(mini.nullable(mini.string())) }),
    z.literal(1),
    z.enum({ A: 1 }),
    z.string().default("a"),
    z.undefined(),
    z.set(z.readonly(z.lazy(() => z.string()))),
    Node,
  ] as const;
  const name = "test:types/bad@1";
  let refused = 0;
  const refuse = (make: () => unknown) => {
    expect(make).toThrow(/^\[bad-contract\] could not use test:types\/bad@1, f, (parameter 1|returns)/);
    refused++;
  };
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[0]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[1]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[2]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[3]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[4]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[5]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[6]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[7]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[8]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[9]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[10]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[11]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[12]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[13]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[14]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[15]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[16]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[17]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[18]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[19]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[20]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[21]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[22]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [s[23]] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [undefined] } }));
  // @ts-expect-error
  refuse(() => contract(name, { f: { params: [], returns: s[0] } }));
  // @ts-expect-error
  refuse(() => capability(name, { f: { params: [s[0]] } }, () => ({ f: () => {} })));
  expect(refused).toBe(s.length + 3);
});

test("the error shows what to write instead", () => {
  type Refused = Crossing<{
    f: { params: [z.ZodArray<z.ZodDate>]; returns: z.ZodNullable<z.ZodBigInt> };
  }>["f"];
  expectTypeOf<
    Refused["params"][0]
  >().toEqualTypeOf<"found z.date(); say z.uint64() for milliseconds, or z.string()">();
  expectTypeOf<Refused["returns"]>().toEqualTypeOf<
    "found z.bigint(); say z.uint64() or z.int64()" | undefined
  >();
});

test("what crosses type-checks, from zod, zod/mini and wit, at any depth", () => {
  const Level = z.enum(["low", "high"]);
  const Point = z.object({ x: z.float64(), level: Level.optional(), tags: z.set(z.string()).nullable() });
  const Shape = z.discriminatedUnion("tag", [
    z.object({ tag: z.literal("none") }),
    z.object({ tag: z.literal("point"), val: Point }),
  ]);
  const every = contract("test:types/every@1", {
    zod: {
      params: [
        z.tuple([z.string(), z.boolean(), z.number(), z.int32(), z.uint32(), z.float32(), z.float64()]),
        z.tuple([z.int64(), z.uint64(), z.literal("a"), z.literal(["a", "b"]), Level, Point, Shape]),
      ],
      returns: z.void(),
    },
    nested: {
      params: [
        z.map(z.string(), z.array(Point)),
        z.tuple([z.uint64(), z.nullable(Shape)]),
        z.readonly(z.optional(z.array(z.array(z.uint32().nullable())))),
        z.string().brand("Name").describe("a name").meta({ title: "Name" }),
      ],
      returns: z.undefined(),
    },
    mini: {
      params: [mini.object({ a: mini.optional(mini.uint64()), b: mini.nullable(mini.array(mini.string())) })],
      returns: wit.result(z.array(z.tuple([z.string()])), wit.variant({ lost: null, late: z.uint32() })),
    },
    wit: {
      params: [
        wit.u8(),
        wit.char(),
        wit.bytes(),
        wit.numbers("f32"),
        wit.fixed(wit.s16(), 3),
        wit.flags("a"),
      ],
      returns: wit.option(z.optional(Point)),
    },
    none: { params: [] },
  });
  expect([...every.functions.keys()]).toEqual(["zod", "nested", "mini", "wit", "none"]);
  const schema: z.ZodType<string> = z.string();
  const list: readonly z.core.$ZodType[] = [schema];
  contract("test:types/loose@1", { f: { params: [schema], returns: schema }, g: { params: list } });
  const grant = capability(
    "test:types/every@1",
    { f: { params: [Point], returns: Shape, async: true }, g: { params: [z.string()], kind: "post" } },
    () => ({ f: async (point) => ({ tag: "point" as const, val: point }), g: (text) => void text.length }),
  );
  expect(grant.functions.size).toBe(2);
});
