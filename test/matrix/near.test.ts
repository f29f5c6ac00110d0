/** The fault matrix over generations in this process. */
import { describe } from "vitest";
import { afterwards } from "./afterwards.ts";
import { bounds } from "./bounds.ts";
import { control } from "./control.ts";
import { near } from "./driver.ts";
import { pause } from "./pause.ts";
import { prepare } from "./prepare.ts";

describe.each([
  ["10 KB", 10_000],
  ["1 MB", 1_000_000],
] as const)("with a state of %s, near", (_, size) => {
  prepare(near, size);
  pause(near, size);
  afterwards(near, size);
  control(near, size);
});

// What never ends takes as long on any state.
describe("with a state of 10 KB, near", () => bounds(near, 10_000));
