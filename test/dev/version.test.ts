import { describe, expect, it } from "vitest";
import { bumpBetween, lowest, promises } from "../../host/dev/check/version.ts";

describe("how far a version is from another", () => {
  it.each([
    ["1.2.3", "1.2.3", "none"],
    ["1.2.3", "1.2.4", "patch"],
    ["1.2.3", "1.3.0", "minor"],
    ["1.2.3", "2.0.0", "major"],
    ["1.2.3", "1.2.2", "back"],
    ["2.0.0", "1.9.9", "back"],
    ["1.2.3", "1.2.3+build.7", "none"],
    ["0.2.3", "0.2.4", "minor"],
    ["0.2.3", "0.3.0", "major"],
    ["0.2.3", "1.0.0", "major"],
    ["0.2.3", "0.1.9", "back"],
    ["1.0.0-rc.1", "1.0.0", "major"],
    ["1.0.0-rc.1", "1.0.0-rc.2", "major"],
    ["1.0.0-rc.10", "1.0.0-rc.9", "back"],
    ["1.0.0-rc.1", "1.0.0-beta", "back"],
    ["1.0.0-1", "1.0.0-a", "major"],
    ["1.0.0-a", "1.0.0-1", "back"],
    ["1.0.0-a", "1.0.0-a.1", "major"],
    ["1.0.0-a.1", "1.0.0-a", "back"],
    ["1.0.0", "1.0.0-rc.1", "back"],
    ["1.0.0", "1.1.0-rc.1", "minor"],
  ])("from %s to %s is %s", (from, to, bump) => {
    expect(bumpBetween(from, to)).toBe(bump);
  });
});

it("says the lowest version that says enough", () => {
  expect((["none", "patch", "minor", "major"] as const).map((asked) => lowest("1.2.3", asked))).toEqual([
    "1.2.3",
    "1.2.4",
    "1.3.0",
    "2.0.0",
  ]);
  expect((["none", "patch", "minor", "major"] as const).map((asked) => lowest("0.2.3", asked))).toEqual([
    "0.2.3",
    "0.2.4",
    "0.2.4",
    "0.3.0",
  ]);
  expect(lowest("2.0.0-rc.1", "major")).toBe("2.0.0");
});

it("agrees with itself: the lowest version promises what is asked", () => {
  for (const from of ["1.2.3", "0.2.3", "0.0.1", "1.0.0-rc.1"]) {
    for (const asked of ["none", "patch", "minor", "major"] as const) {
      const to = lowest(from, asked);
      expect([from, asked, promises(bumpBetween(from, to), asked)]).toEqual([from, asked, true]);
    }
  }
  expect(promises("patch", "minor")).toBe(false);
  expect(promises("back", "none")).toBe(false);
});
