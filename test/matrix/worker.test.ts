/** The fault matrix over generations in threads of their own. */
import { describe } from "vitest";
import { afterwards } from "./afterwards.ts";
import { bounds } from "./bounds.ts";
import { control } from "./control.ts";
import { worker } from "./driver.ts";
import { pause } from "./pause.ts";
import { prepare } from "./prepare.ts";

describe("with a state of 10 KB, in a worker", () => {
  prepare(worker, 10_000);
  pause(worker, 10_000);
  afterwards(worker, 10_000);
  control(worker, 10_000);
  bounds(worker, 10_000);
});
