/** The fault matrix over generations that answer later: what serves, and when, may not depend on where code runs. */
import { describe } from "vitest";
import { afterwards } from "./afterwards.ts";
import { bounds } from "./bounds.ts";
import { control } from "./control.ts";
import { later } from "./driver.ts";
import { pause } from "./pause.ts";
import { prepare } from "./prepare.ts";

describe("with a state of 10 KB, later", () => {
  prepare(later, 10_000);
  pause(later, 10_000);
  afterwards(later, 10_000);
  control(later, 10_000);
  bounds(later, 10_000);
});
