/** Room for bytes: its turns. */
import { expect, test } from "vitest";
import { Room } from "../../host/fabric/room.ts";
import { thrown } from "./seen.ts";

const stays = () => new AbortController().signal;

test("those who find too little room wait for their turns, and a large one is not passed by", async () => {
  const room = new Room(10);
  const order: string[] = [];
  const enter = async (name: string, bytes: number, signal = stays()) => {
    const leave = await room.enter(bytes, "could not call a", signal);
    order.push(name);
    return leave;
  };
  const [first, second] = [await enter("first", 6), await enter("second", 4)];
  const giving = new AbortController();
  const givenUp = enter("given up", 10, giving.signal);
  const [large, small] = [enter("large", 7), enter("small", 1)];
  first();
  first();
  await undefined;
  expect(order).toEqual(["first", "second"]);
  giving.abort(new Error("gone"));
  expect((await thrown(givenUp)).message).toBe("gone");
  expect(order).toEqual(["first", "second"]);
  second();
  (await large)();
  (await small)();
  expect(order).toEqual(["first", "second", "large", "small"]);
  // All of it is free again, once.
  const whole = await enter("whole", 10);
  const after = enter("after", 1);
  await undefined;
  expect(order.at(-1)).toBe("whole");
  whole();
  (await after)();
});

test("a thousand wait, and one more is refused", async () => {
  const room = new Room(1);
  const leave = await room.enter(1, "could not call a", stays());
  const waiting = Array.from({ length: 1_000 }, () => room.enter(1, "could not call a", stays()));
  expect((await thrown(room.enter(1, "could not call a", stays()))).message).toBe(
    "[queue-full] could not call a: 1000 wait already until there is room for what they bring; it was not called",
  );
  leave();
  for (const each of waiting) (await each)();
});
