/** Functions of a capability that may fail: `fails: true`. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, type Grant, load, wit } from "../../../host/mod.ts";
import { failure, guest, refused, said } from "../../faults/guest.ts";

const Asking = contract("test:faults/counter@1", {
  find: { params: [z.string()], returns: z.string() },
  size: { params: [z.string()], returns: z.uint32() },
  remove: { params: [z.string()], returns: z.string() },
  count: { params: [], returns: z.uint32() },
  times: { params: [], returns: z.uint32() },
  check: { params: [z.uint32()], returns: wit.result(null, z.string()) },
});

interface Pages {
  readonly find: (page: string) => string;
  readonly size: (page: string) => number;
  readonly remove: (page: string) => void;
  readonly count: () => number;
}
const IDLE: Pages = { find: (page) => page, size: (page) => page.length, remove: () => {}, count: () => 0 };

function database(pages: Partial<Pages>): Grant {
  return capability(
    "test:faults/database@1.0.0",
    {
      find: { params: [z.string()], returns: z.string(), kind: "read", fails: true },
      size: { params: [z.string()], returns: z.uint32(), kind: "read", fails: true },
      remove: { params: [z.string()], fails: true },
      count: { params: [], returns: z.uint32(), kind: "read" },
    },
    () => ({ ...IDLE, ...pages }),
  );
}

const down = (): never => {
  throw new Error("the database is down");
};

const UNREADABLE = "a value that cannot be shown (object)";

describe("a function that may fail", () => {
  test("answers plainly where it goes well", async () => {
    await using plugin = await load(Asking, await guest("failing"), { grant: [database({})] });
    expect(await plugin.call.find("/")).toBe("/");
    expect(await plugin.call.size("/about")).toBe(6);
    expect(await plugin.call.remove("/")).toBe("removed");
    expect(await plugin.call.times()).toBe(3);
  });

  test("gives the plugin what it throws as a value, and the plugin goes on", async () => {
    const grant = [database({ find: down, size: down, remove: down })];
    await using plugin = await load(Asking, await guest("failing"), { grant });
    expect(await plugin.call.find("/")).toBe("err: the database is down");
    expect(await plugin.call.size("/")).toBe(0);
    expect(await plugin.call.remove("/")).toBe("err: the database is down");
    expect(await plugin.call.times()).toBe(3);
  });

  test.each([
    ["a string", "no luck", "no luck"],
    ["nothing", undefined, "undefined"],
    ["an error without a message", new TypeError(), "TypeError"],
    ["what throws when it is read", { toString: down }, UNREADABLE],
    ["an object that has a message", { code: "E_GONE", message: "it is gone" }, "it is gone"],
    ["an object whose message throws", Object.defineProperty({}, "message", { get: down }), UNREADABLE],
    ["an object without a prototype", Object.create(null), UNREADABLE],
    ["what throws when it is asked what it is", new Proxy({}, { getPrototypeOf: down }), UNREADABLE],
    ["what throws whatever it is asked", new Proxy({}, { get: down, getPrototypeOf: down }), UNREADABLE],
  ])("may throw %s", async (_, thrown, told) => {
    const find = () => {
      throw thrown;
    };
    await using plugin = await load(Asking, await guest("failing"), { grant: [database({ find })] });
    expect(await plugin.call.find("/")).toBe(`err: ${told}`);
  });

  test("that answers nothing may return anything", async () => {
    const grant = [database({ remove: () => 7 as unknown as undefined })];
    await using plugin = await load(Asking, await guest("failing"), { grant });
    expect(await plugin.call.remove("/")).toBe("removed");
  });

  test("has a result as its WIT type, to which a plugin built without it does not fit", async () => {
    const plain = capability(
      "test:faults/database@1.0.0",
      {
        find: { params: [z.string()], returns: z.string(), kind: "read" },
        size: { params: [z.string()], returns: z.uint32(), kind: "read", fails: true },
        remove: { params: [z.string()], fails: true },
        count: { params: [], returns: z.uint32(), kind: "read" },
      },
      () => IDLE,
    );
    expect(await refused(load(Asking, await guest("failing"), { grant: [plain] }))).toBe(
      "[bad-grant] could not load counter 1.0.0: test:faults/database@1.0.0: find: the grant's and the plugin's types differ: wanted (string) -> string, found (string) -> result<string, string>",
    );
  });
});

describe("what the host refuses", () => {
  test("in a replay is no error that the guest is told of: the replay ends", async () => {
    const removed: string[] = [];
    const grant = [database({ remove: (page) => void removed.push(page) })];
    await using plugin = await load(Asking, await guest("failing"), { grant });
    await plugin.swap(await guest("failing-idle", "2.0.0"), { probation: {} });
    expect(await plugin.call.remove("/")).toBe("removed");
    expect(await refused(plugin.rollback())).toBe(
      "[unreplayable] could not roll back counter: call 1 of 1 since the cutover, remove, could not be run again: test:faults/database@1.0.0#remove has an effect that was not recorded, so it is not performed in a replay; version 2.0.0 still serves",
    );
    expect(removed).toEqual([]);
  });

  test("an effect before the cutover, is one that the guest is told of: nothing is kept of it", async () => {
    const removed: string[] = [];
    const grant = [database({ remove: (page) => void removed.push(page) })];
    await using plugin = await load(Asking, await guest("failing"), { grant });
    await plugin.swap(await guest("failing", "2.0.0"), {
      verify: async (twin) =>
        expect(await twin.call.remove("/")).toBe(
          "err: test:faults/database@1.0.0#remove has an effect, which is refused before the cutover",
        ),
    });
    expect([removed, plugin.version]).toEqual([[], "2.0.0"]);
  });

  test("an error that an effect threw is recorded, and thrown again in a replay", async () => {
    let asked = 0;
    const remove = () => {
      asked++;
      return down();
    };
    await using plugin = await load(Asking, await guest("failing"), {
      grant: [database({ remove, find: down })],
    });
    await plugin.swap(await guest("failing", "2.0.0"), { probation: {} });
    expect(await plugin.call.remove("/")).toBe("err: the database is down");
    expect(await plugin.call.find("/")).toBe("err: the database is down");
    const { replayed } = await plugin.rollback();
    expect([replayed, asked]).toEqual([{ calls: 2, divergences: 0 }, 1]);
    expect(await plugin.call.times()).toBe(2);
  });
});

test("a plugin's own outcome is its caller's error", async () => {
  await using plugin = await load(Asking, await guest("failing"), { grant: [database({})] });
  expect(await plugin.call.check(2)).toBe(undefined);
  const error = await failure(plugin.call.check(3));
  expect([said(error), error.payload]).toEqual([
    "[guest-error] could not call counter.check: the plugin answered an error: odd",
    "odd",
  ]);
});

test("a result that says that it fails too, and a post, are refused", async () => {
  const twice = () =>
    capability(
      "test:faults/database@1.0.0",
      { find: { params: [], returns: wit.result(z.string(), z.string()), fails: true } },
      () => ({ find: () => "" }),
    );
  expect(await refused(twice)).toBe(
    "[bad-contract] could not use test:faults/database@1.0.0, find: found fails: true and an answer that is a result already; leave out one of them",
  );
  const post = () =>
    capability("test:faults/database@1.0.0", { tell: { params: [], kind: "post", fails: true } }, () => ({
      tell: () => {},
    }));
  expect(await refused(post)).toBe(
    "[bad-contract] could not use test:faults/database@1.0.0, tell: a post is not answered, so it cannot say that it fails",
  );
});
