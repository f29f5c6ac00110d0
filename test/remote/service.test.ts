/** The end of a service, however long it takes: its server waits for it when its callers have left, or are late to. */
import { expect, test } from "vitest";
import { load, type Plugin } from "../../host/mod.ts";
import { Service } from "../../host/remote/service.ts";
import { failure } from "../faults/guest.ts";
import { held } from "../faults/held.ts";
import { versions } from "../versions.ts";

const faults = versions(new URL("../guests/faults/", import.meta.url));
const NOTHING = new Uint8Array(0);

async function serviced() {
  const { metrics, release } = held();
  const plugin = (await load(await faults("granted"), {
    isolation: "worker",
    grant: [metrics],
  })) as unknown as Plugin;
  return { plugin, release, service: new Service(plugin, { maxBytes: 1_000, maxCalls: 10 }) };
}

/** Whether it is over after some turns. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  let over = false;
  void work.then(() => {
    over = true;
  });
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  return over;
}

test("a service that ends waits for a call under way, and refuses others", async () => {
  const { plugin, release, service } = await serviced();
  const looking = service.callInBytes("look", NOTHING);
  const ending = service.end();
  expect(await isOver(ending)).toBe(false);
  expect((await failure(service.callInBytes("look", NOTHING))).message).toMatch(
    /its server takes no more calls$/,
  );
  release();
  expect(await looking).toHaveProperty("answer");
  await ending;
  await plugin.close();
});

test("a service that ends waits for a swap under way, and refuses others", async () => {
  const { plugin, service } = await serviced();
  let done = () => {};
  const swapping = service.operate(
    "could not swap",
    () =>
      new Promise<void>((resolve) => {
        done = resolve;
      }),
  );
  const ending = service.end();
  expect(await isOver(ending)).toBe(false);
  expect((await failure(service.operate("could not swap", async () => {}))).code).toBe("closed");
  done();
  await swapping;
  await ending;
  await plugin.close();
});
