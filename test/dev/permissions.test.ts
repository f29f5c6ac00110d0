import { describe, expect, it } from "vitest";
import { askedBesides, permissionChanges } from "../../abi/permissions.ts";
import type { Manifest, ManifestFunction } from "../../abi/tools.ts";

const get: ManifestFunction = { name: "get-it", params: [], result: "u32" };
const put: ManifestFunction = { name: "put", params: [{ name: "it", type: "u32" }] };
const asking = (imports: Readonly<Record<string, ManifestFunction[]>>): Manifest => ({
  name: "hand",
  version: "1.0.0",
  strings: "utf8",
  exports: [],
  imports: Object.entries(imports).map(([name, functions]) => ({ interface: name, functions })),
});
const told = (one: Manifest | undefined, other: Manifest) =>
  permissionChanges(one, other).map(
    ({ kind, interface: name, functions, text }) =>
      `${kind} ${name}: ${functions.join(", ")}${text ? `; ${text}` : ""}`,
  );

describe("what a version asks for, beside the version before", () => {
  it.each<[string, Manifest | undefined, Manifest, string[], boolean]>([
    [
      "nothing to hold it against",
      undefined,
      asking({ "a:b/c@1.0.0": [get] }),
      ["kept a:b/c@1.0.0: getIt"],
      false,
    ],
    [
      "nothing new",
      asking({ "a:b/c@1.0.0": [get] }),
      asking({ "a:b/c@1.0.0": [get] }),
      ["kept a:b/c@1.0.0: getIt"],
      false,
    ],
    [
      "an interface",
      asking({}),
      asking({ "a:b/c@1.0.0": [get, put] }),
      ["asked a:b/c@1.0.0: getIt, put"],
      true,
    ],
    [
      "an interface given up",
      asking({ "a:b/c@1.0.0": [get] }),
      asking({}),
      ["given-up a:b/c@1.0.0: getIt"],
      false,
    ],
    [
      "a function more",
      asking({ "a:b/c@1.0.0": [get] }),
      asking({ "a:b/c@1.0.0": [get, put] }),
      ["kept a:b/c@1.0.0: getIt", "asked a:b/c@1.0.0: put"],
      true,
    ],
    [
      "a function less",
      asking({ "a:b/c@1.0.0": [get, put] }),
      asking({ "a:b/c@1.0.0": [get] }),
      ["kept a:b/c@1.0.0: getIt", "given-up a:b/c@1.0.0: put"],
      false,
    ],
    [
      "a newer version, which an old grant may not serve",
      asking({ "a:b/c@1.0.0": [get] }),
      asking({ "a:b/c@1.1.0": [get] }),
      ["changed a:b/c@1.1.0: getIt; was a:b/c@1.0.0"],
      true,
    ],
    [
      "an older version, which the same grant serves",
      asking({ "a:b/c@1.1.0": [get] }),
      asking({ "a:b/c@1.0.0": [get] }),
      ["kept a:b/c@1.0.0: getIt"],
      false,
    ],
    [
      "other types",
      asking({ "a:b/c@1.0.0": [get] }),
      asking({ "a:b/c@1.0.0": [{ ...get, result: "u64" }] }),
      ["changed a:b/c@1.0.0: getIt; was () -> u32, is () -> u64"],
      true,
    ],
  ])("%s", (_, one, other, expected, more) => {
    expect(told(one, other)).toEqual(expected);
    expect(askedBesides(permissionChanges(one, other)).length > 0).toBe(more);
  });
});
