import { afterAll, beforeAll, expect, it } from "vitest";
import { fakeClock, fakeRandom, loadPlugin, recordedLog } from "../../host/testing/mod.ts";
import { type Author, author, visits } from "./author.ts";

let one: Author;
beforeAll(async () => {
  one = await author({
    "plugin.ts": visits(
      "",
      `
export function now(): i64 { return clock.now(); }
export function passed(): u64 { return clock.monotonic(); }
export function draw(): u64 { return random.u64(); }
export function bytes(count: i32): Uint8Array { return random.bytes(count); }
export function say(line: string): void { log.info(line); log.warn(line); }
`,
    ),
  });
});
afterAll(() => one.leave());

const load = (seed?: number) => {
  const [clock, log] = [fakeClock({ now: 1_700_000_000_000 }), recordedLog()];
  return loadPlugin(one.path("plugin.ts"), { grant: [clock, log, fakeRandom(seed)] }).then((plugin) => ({
    call: plugin.call,
    clock,
    log,
  }));
};

it("stands still until the test moves it", async () => {
  const { call, clock } = await load();
  expect([await call.now!(), await call.now!(), clock.now]).toEqual([
    1_700_000_000_000n,
    1_700_000_000_000n,
    1_700_000_000_000,
  ]);
  clock.advance(1_500);
  expect([await call.now!(), await call.passed!()]).toEqual([1_700_000_001_500n, 1_500_000_000n]);
  clock.set(5);
  expect([await call.now!(), await call.passed!()]).toEqual([5n, 1_500_000_000n]);
});

it("refuses time that goes back or is none", () => {
  const clock = fakeClock();
  expect(() => clock.advance(-1)).toThrow(new RangeError("could not advance the clock by -1 ms"));
  expect(() => clock.advance(Number.NaN)).toThrow(new RangeError("could not advance the clock by NaN ms"));
  expect(() => clock.set(-1)).toThrow(
    new RangeError("could not set the clock to -1: wanted milliseconds since 1970, like Date.now()"),
  );
  expect(clock.now).toBe(0);
});

it("draws the same numbers for the same seed, and others for another", async () => {
  const draws = async (seed?: number) => {
    const { call } = await load(seed);
    return [await call.draw!(), await call.draw!(), await call.bytes!(4)];
  };
  const first = await draws(7);
  expect(await draws(7)).toEqual(first);
  expect(await draws(8)).not.toEqual(first);
  expect(first[0]).not.toBe(first[1]);
  expect(await draws()).toEqual(await draws(1));
});

it("keeps log lines until it is told to forget them", async () => {
  const { call, log } = await load();
  await call.say!("hello");
  expect(log.lines).toEqual([
    { level: "info", message: "hello" },
    { level: "warn", message: "hello" },
  ]);
  log.clear();
  expect(log.lines).toEqual([]);
});

it("spreads the bytes of random numbers evenly", async () => {
  const { call } = await load(3);
  const counts = new Array<number>(256).fill(0);
  for (const byte of (await call.bytes!(65_536)) as unknown as Uint8Array) counts[byte]!++;
  expect(Math.min(...counts)).toBeGreaterThan(180);
  expect(Math.max(...counts)).toBeLessThan(340);
});
