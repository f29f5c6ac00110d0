/** The host's end of the wire, and a thread that wakes it late. */
import { expect, test } from "vitest";
import { HostEnd } from "../../host/worker/host-end.ts";
import { AREA, HOST, Kind, makeMemory, message, SIZE, TURN } from "../../host/worker/wire.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test.each([1, 2, 50])("waits on when it is woken for what it has seen already, %i times", async (times) => {
  const memory = makeMemory();
  const counted = { begun: 0, ended: 0 };
  const end = new HostEnd(memory, { begin: () => counted.begun++, end: () => counted.ended++ });
  const header = new Int32Array(memory);
  let heard = 0;
  const exchange = end.exchange(message(Kind.call)).then((said) => {
    heard++;
    return said.kind;
  });
  await turn();
  for (let i = 0; i < times; i++) {
    expect(Atomics.notify(header, TURN)).toBe(1);
    await turn();
  }
  expect(heard).toBe(0);
  end.wire.write(message(Kind.returned), 0);
  Atomics.store(header, TURN, HOST);
  Atomics.notify(header, TURN);
  expect(await exchange).toBe(Kind.returned);
  expect(counted).toEqual({ begun: 1, ended: 1 });
  // And again, with nothing left of the first wait.
  const next = end.exchange(message(Kind.call));
  await turn();
  Atomics.store(header, TURN, HOST);
  expect(Atomics.notify(header, TURN)).toBe(1);
  await next;
});

test("leaves nobody waiting for the memory of a thread that was ended, which the engine would keep for good", async () => {
  const memory = makeMemory();
  const end = new HostEnd(memory, { begin: () => {}, end: () => {} });
  const exchange = end.exchange(message(Kind.call));
  await turn();
  const ended = new Error("it took too long");
  end.end(ended);
  await expect(exchange).rejects.toBe(ended);
  expect(Atomics.notify(new Int32Array(memory), TURN)).toBe(0);
});

test("takes memory for a message as it comes, and not for what its first piece says", async () => {
  const memory = makeMemory();
  const end = new HostEnd(memory, { begin: () => {}, end: () => {} });
  const header = end.wire.header;
  const before = process.memoryUsage().arrayBuffers;
  const exchange = end.exchange(message(Kind.call));
  await turn();
  end.wire.write({ kind: Kind.returned, about: 0, bytes: new Uint8Array(AREA) }, 0);
  header[SIZE] = 2 ** 31 - 1;
  Atomics.store(header, TURN, HOST);
  end.look();
  await turn();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 25);
  end.end(new Error("it ended"));
  await expect(exchange).rejects.toThrow("it ended");
});
