/** An engine that cannot check signatures accepts none. */
import { expect, test, vi } from "vitest";
import { load } from "../../host/mod.ts";
import { verify } from "../../host/trust/mod.ts";
import { refused } from "../faults/guest.ts";
import { ONE, signed } from "./vectors.ts";

vi.mock("#ed25519", () => ({
  verifies: () => Promise.reject(new Error("Unrecognized algorithm name")),
}));

test("a module that is signed is refused, and it is said why", async () => {
  const message = (from: string) =>
    `[untrusted] could not load ${from}: this engine cannot check Ed25519 signatures: Unrecognized algorithm name`;
  expect(await refused(verify(signed("named"), { keys: [ONE.public] }))).toBe(message("the module"));
  expect(await refused(load(signed("named"), { trust: { keys: [ONE.public] } }))).toBe(message("bytes"));
});
