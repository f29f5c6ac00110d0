import { expect, it } from "vitest";
import type { Manifest, ValueType } from "../../abi/tools.ts";
import { contractText } from "../../host/dev/texts/contract-text.ts";
import { declarations } from "../../host/dev/texts/declarations.ts";
import { witText } from "../../host/dev/texts/wit-text.ts";

const point: ValueType = {
  record: [
    { name: "x", type: "s32" },
    { name: "up-to", type: { option: "f64" } },
  ],
  name: "Point",
};
const level: ValueType = { enum: ["low", "very-high"], name: "level" };

/** One of everything, with names that are keywords, taken, or none. */
const manifest: Manifest = {
  name: "odd\nname */",
  version: "1.2.3",
  strings: "utf16",
  interface: "acme:things/list@1.0.0",
  exports: [
    {
      name: "top-paths",
      docs: "The paths that were asked for most.\n\nA /path/* counts */ once; \u202eevil\u0000 größe 道",
      params: [{ name: "%from", type: { list: point } }],
      result: { map: ["string", { list: "u8" }] },
    },
    {
      name: "type",
      params: [
        { name: "class", type: level },
        { name: "map", type: { record: [{ name: "a", type: "char" }], name: "map" } },
      ],
    },
    {
      name: "try",
      docs: "Tries.",
      params: [{ name: "flags", type: { flags: ["read", "write-all"] } }],
      result: { result: { ok: { tuple: ["u64", { option: { option: "bool" } }] }, err: level } },
    },
    {
      name: "cases",
      docs: "One line.",
      params: [
        {
          name: "one",
          type: { variant: [{ name: "none" }, { name: "long-text", type: "string" }], name: "!?" },
        },
      ],
      result: { list: { result: { ok: "s8" } } },
    },
    { name: "fixed", params: [{ name: "four", type: { list: "u16", length: 4 } }], result: { list: "f32" } },
    {
      name: "other",
      params: [{ name: "point", type: { record: [{ name: "z", type: "u32" }], name: "Point" } }],
    },
  ],
  imports: [
    {
      interface: "moult:log/log@1.0.0",
      functions: [{ name: "write", params: [{ name: "level", type: level }] }],
    },
    {
      interface: "acme:things/plugin@1.0.0",
      functions: [{ name: "ping", params: [], result: { result: {} } }],
    },
  ],
};

it("writes types that need nothing else", () => {
  expect(declarations(manifest)).toBe(`\
/** The functions of odd?name * / 1.2.3, as \`plugin.call\` shows them. Written by moult. */
export interface List {
  /**
   * The paths that were asked for most.
   *
   * A /path/* counts * / once; ?evil? größe 道
   */
  readonly topPaths: (from: Point[]) => Promise<Map<string, Uint8Array>>;
  readonly type: (class_: Level, map: Map2) => Promise<undefined>;
  /**
   * Tries.
   * @throws PluginError \`guest-error\`, whose payload is Level
   */
  readonly try: (flags: Flags) => Promise<[bigint, { tag: "some"; val: boolean | undefined } | { tag: "none" }]>;
  /** One line. */
  readonly cases: (one: Type) => Promise<({ readonly tag: "ok"; readonly val: number } | { readonly tag: "err"; readonly val: undefined })[]>;
  readonly fixed: (four: number[]) => Promise<Float32Array>;
  readonly other: (point: Point2) => Promise<undefined>;
}

export interface Point {
  x: number;
  upTo?: number | undefined;
}

export type Level =
  | "low"
  | "very-high";

export interface Map2 {
  a: string;
}

export interface Flags {
  read: boolean;
  writeAll: boolean;
}

export type Type =
  | { tag: "none"; val?: undefined }
  | { tag: "long-text"; val: string };

export interface Point2 {
  z: number;
}
`);
});

it("writes a contract", () => {
  expect(contractText(manifest, "js")).toBe(`\
// What odd?name * / 1.2.3 exports, written by moult.
import { contract, wit } from "moult";
import { z } from "zod";

export const Point = z.object({
  x: z.int32(),
  upTo: z.optional(z.float64()),
});

export const Level = z.enum(["low", "very-high"]);

export const Map2 = z.object({
  a: wit.char(),
});

export const Flags = wit.flags("read", "write-all");

export const Type = wit.variant({
  "none": null,
  "long-text": z.string(),
});

export const Point2 = z.object({
  z: z.uint32(),
});

export const List = contract("acme:things/list@1.0.0", {
  /**
   * The paths that were asked for most.
   *
   * A /path/* counts * / once; ?evil? größe 道
   */
  topPaths: { params: [z.array(Point)], returns: z.map(z.string(), wit.bytes()) },
  type: { params: [Level, Map2] },
  /** Tries. */
  try: { params: [Flags], returns: wit.result(z.tuple([z.uint64(), wit.option(z.optional(z.boolean()))]), Level) },
  /** One line. */
  cases: { params: [Type], returns: z.array(wit.result(wit.s8(), null)) },
  fixed: { params: [wit.fixed(wit.u16(), 4)], returns: wit.numbers("f32") },
  other: { params: [Point2] },
});
`);
});

it("names the parameters where the contract is TypeScript", () => {
  const text = contractText(manifest, "ts");
  expect(text).toContain('import { contract, type WitSchema, wit } from "moult";\n');
  const line = (name: string) => text.split("\n").find((each) => each.startsWith(`  ${name}: `));
  expect(line("topPaths")).toBe(
    "  topPaths: { params: [z.array(Point)] as [from: WitSchema<z.output<typeof Point>[]>], returns: z.map(z.string(), wit.bytes()) },",
  );
  expect(line("type")).toBe(
    "  type: { params: [Level, Map2] as [class_: WitSchema<z.output<typeof Level>>, map: WitSchema<z.output<typeof Map2>>] },",
  );
  const bare = { ...manifest, exports: [{ name: "none", params: [] }] };
  expect(contractText(bare, "ts")).toContain("  none: { params: [] },\n");
  expect(contractText(bare, "ts")).toContain('import { contract } from "moult";\n');
});

it("writes WIT, with keywords escaped and other packages after its own", () => {
  expect(witText(manifest)).toBe(`\
// The interface of odd?name */ 1.2.3, written by moult.
package acme:things@1.0.0;

interface %list {
  record point {
    x: s32,
    up-to: option<f64>,
  }
  enum level {
    low,
    very-high,
  }
  record %map {
    a: char,
  }
  flags %flags {
    read,
    write-all,
  }
  variant type2 {
    none,
    long-text(string),
  }
  record point2 {
    z: u32,
  }
  /// The paths that were asked for most.
  ///
  /// A /path/* counts * / once; ?evil? größe 道
  top-paths: func(%from: list<point>) -> list<tuple<string, list<u8>>>;
  %type: func(class: level, %map: %map);
  /// Tries.
  try: func(%flags: %flags) -> result<tuple<u64, option<option<bool>>>, level>;
  /// One line.
  cases: func(one: type2) -> list<result<s8>>;
  fixed: func(four: list<u16, 4>) -> list<f32>;
  other: func(point: point2);
}

interface plugin {
  ping: func() -> result;
}

world plugin-world {
  import moult:log/log@1.0.0;
  import plugin;
  export %list;
}

package moult:log@1.0.0 {
  interface log {
    enum level {
      low,
      very-high,
    }
    write: func(level: level);
  }
}
`);
});

it("writes functions that belong to no interface into the world", () => {
  const { interface: _, ...bare } = manifest;
  const few = { ...bare, name: "@me/My-Thing", exports: manifest.exports.slice(-1), imports: [] };
  expect(witText(few)).toBe(`\
// The interface of @me/My-Thing 1.2.3, written by moult.
package moult:my-thing;

world plugin {
  record point {
    z: u32,
  }
  export other: func(point: point);
}
`);
  expect(contractText(few, "js")).toContain('export const Plugin = contract("moult:plugin/world@1.0.0", {\n');
});
