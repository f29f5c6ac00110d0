import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layout, lift, lower, type Manifest, type ValueType } from "../../abi/tools.ts";
import { DriveError, madeUpDrive, readDrive } from "../../host/dev/check/drive.ts";
import { canSample, randomFrom, sample } from "../../host/dev/check/sample.ts";
import { anyType } from "../canonical/arbitrary.ts";
import { heap } from "../canonical/heap.ts";

const serving = (functions: Readonly<Record<string, readonly ValueType[]>>): Manifest => ({
  name: "hand",
  version: "1.0.0",
  strings: "utf8",
  imports: [],
  exports: Object.entries(functions).map(([name, types]) => ({
    name,
    params: types.map((type, i) => ({ name: `p${i}`, type })),
  })),
});

it("makes up values that fit their type, whatever it is", () => {
  fc.assert(
    fc.property(anyType, fc.nat(), (type, seed) => {
      fc.pre(canSample(type));
      const guest = heap();
      const { size, align } = layout(type);
      const pointer = guest.realloc(0, 0, align, size);
      lower(type, guest, sample(type, randomFrom(seed)), pointer);
      lift(type, guest, pointer);
    }),
  );
});

describe("a drive that is made up", () => {
  it("is the same for the same seed, and calls every function", () => {
    const manifest = serving({ "put-it": ["string", "u64"], get: [] });
    const drive = madeUpDrive(manifest, { seed: 7 });
    expect(drive).toEqual(madeUpDrive(manifest, { seed: 7 }));
    expect(drive).not.toEqual(madeUpDrive(manifest, { seed: 8 }));
    expect(drive.length).toBe(16);
    expect(new Set(drive.map(([name]) => name))).toEqual(new Set(["putIt", "get"]));
  });

  it("is bounded: in calls, and in what one of them carries", () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, []]));
    expect(madeUpDrive(serving(many), { seed: 1 }).length).toBe(256);
    const large: ValueType = { list: { list: "u64", length: 65_536 }, length: 60 };
    expect(
      madeUpDrive(serving({ large: [large], get: [] }), { seed: 1 }).every(([name]) => name === "get"),
    ).toBe(true);
    expect(madeUpDrive(serving({}), { seed: 1 })).toEqual([]);
  });
});

describe("a drive in JSON", () => {
  it("says what JSON cannot in other words", () => {
    const manifest = serving({
      "put-it": ["u64", "s64", { option: "string" }, { map: ["string", "u64"] }, { map: ["u32", "bool"] }],
      nested: [
        { record: [{ name: "at-once", type: { list: { tuple: ["u64", "bool"] } } }] },
        { variant: [{ name: "some-time", type: "u64" }] },
        { result: { ok: "u64", err: "string" } },
      ],
    });
    const json = [
      ["putIt", 5, "-9000000000000000000", null, { a: 1 }, [[2, true]]],
      ["nested", { atOnce: [[1, true]] }, { tag: "some-time", val: 2 }, { tag: "ok", val: 3 }],
      ["put-it"],
    ];
    expect(readDrive(json, manifest)).toEqual([
      ["putIt", 5n, -9_000_000_000_000_000_000n, undefined, new Map([["a", 1n]]), new Map([[2, true]])],
      ["nested", { atOnce: [[1n, true]] }, { tag: "some-time", val: 2n }, { tag: "ok", val: 3n }],
      ["putIt"],
    ]);
  });

  it("leaves what does not fit to the call, which says so", () => {
    const manifest = serving({ put: ["u64", { list: "u64" }, { map: ["string", "u8"] }] });
    expect(readDrive([["put", 1.5, "x", [1]]], manifest)).toEqual([["put", 1.5, "x", [1]]]);
    expect(readDrive([["put", "5n", null, 7, "more"]], manifest)).toEqual([["put", "5n", null, 7, "more"]]);
  });

  it.each([
    [{}, 'wanted a list of calls, like [["handle", "a line"], ["report"]]'],
    [[["get"], "get"], "call 2: wanted a list that begins with a function's name"],
    [[[7]], "call 1: wanted a list that begins with a function's name"],
    [[["gett"]], 'call 1: there is no function "gett"; there is get, putIt'],
  ])("%j is refused", (json, message) => {
    const read = () => readDrive(json, serving({ get: [], "put-it": [] }));
    expect(read).toThrow(new DriveError(message));
  });
});
