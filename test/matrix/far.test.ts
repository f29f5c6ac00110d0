/** The fault matrix over generations at a server. */
import { afterAll, beforeAll, describe } from "vitest";
import { http, type ServedInstances, serveInstances } from "../../host/remote/mod.ts";
import { afterwards } from "./afterwards.ts";
import { bounds } from "./bounds.ts";
import { control } from "./control.ts";
import { far } from "./driver.ts";
import { pause } from "./pause.ts";
import { prepare } from "./prepare.ts";

let served: ServedInstances;
beforeAll(async () => {
  served = await serveInstances(http());
});
afterAll(() => served.close());

describe("with a state of 10 KB, at a server", () => {
  const driver = far(() => served.url);
  prepare(driver, 10_000);
  pause(driver, 10_000);
  afterwards(driver, 10_000);
  control(driver, 10_000);
  bounds(driver, 10_000);
});
