/** Options that are none, as programs without a type checker pass them: refused by name, and nothing has changed. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  clock,
  examine,
  type LoadOptions,
  load,
  log,
  type Plugin,
  random,
  type Source,
  type SwapOptions,
  sameAnswers,
} from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { Counter, failure, guest, refused } from "./guest.ts";

/** What JavaScript takes for nothing, or for anything. */
const NONE = [null, Number.NaN, false, true, 5, "false", () => {}] as const;
const named = (values: readonly unknown[]) => values.map((value) => [String(value), value] as const);

describe("of load", () => {
  const options = {
    state: NONE,
    store: [...NONE, {}, { ...directoryStore("/nowhere"), append: undefined }],
    grant: [...NONE, log({ debug() {}, info() {}, warn() {}, error() {} }), [null], [console], [[undefined]]],
    heldPosts: NONE,
    limits: [...NONE, { fule: 1 }, { fuel: 1, seconds: 2 }],
  };
  for (const [name, values] of Object.entries(options)) {
    test.each(named(values))(`${name} is not %s`, async (_, value) => {
      const given = { [name]: value } as LoadOptions;
      const message = await refused(load(Counter, await guest("counter"), given));
      expect(message).toMatch(new RegExp(`^\\[argument\\] could not use ${name}: found .+, wanted `));
    });
  }

  const amounts = NONE.filter((each) => each !== 5);
  for (const name of ["fuel", "hookFuel", "memory"]) {
    test.each(named([...amounts, 0, -1, Number.NaN, "1000000", 0.5]))(
      `limits.${name} is not %s`,
      async (_, value) => {
        const limits = { [name]: value } as never;
        const message = await refused(load(Counter, await guest("counter"), { limits }));
        expect(message).toMatch(
          new RegExp(`^\\[argument\\] could not use limits\\.${name}: found .+, wanted `),
        );
      },
    );
  }

  test("a grant alone is refused with how to write it", async () => {
    const grant = log(console) as never;
    expect(await refused(load(Counter, await guest("counter"), { grant }))).toBe(
      "[argument] could not use grant: found an object, wanted a list of grants; put it in a list: grant: [...]",
    );
  });
});

describe("of a plugin", () => {
  let plugin: Plugin<typeof Counter>;
  let next: Uint8Array;

  beforeEach(async () => {
    plugin = await load(Counter, await guest("counter"));
    next = await guest("counter", "2.0.0");
  });
  afterEach(async () => {
    // Nothing was begun, and the next swap is made.
    expect([plugin.version, plugin.history()]).toEqual(["1.0.0", []]);
    expect((await plugin.swap(next, { probation: {} })).outcome).toBe("swapped");
    plugin.accept();
    await plugin.close();
  });

  const functions = NONE.filter((each) => typeof each !== "function");
  const flags = NONE.filter((each) => typeof each !== "boolean");
  const swaps = {
    probation: NONE,
    verify: functions,
    warm: functions,
    dryRun: flags,
    supersede: flags,
    reset: flags,
  };
  for (const [name, values] of Object.entries(swaps)) {
    test.each(named(values))(`${name} of a swap is not %s`, async (_, value) => {
      const message = await refused(plugin.swap(next, { [name]: value } as SwapOptions<typeof Counter>));
      expect(message).toMatch(new RegExp(`^\\[argument\\] could not use ${name}: found .+, wanted `));
    });
  }
  const bounds = { bad: functions, whenFull: NONE };
  for (const [name, values] of Object.entries(bounds)) {
    test.each(named(values))(`${name} of a probation is not %s`, async (_, value) => {
      const message = await refused(plugin.swap(next, { probation: { [name]: value } as never }));
      expect(message).toMatch(
        new RegExp(`^\\[argument\\] could not use probation.${name}: found .+, wanted `),
      );
    });
  }
  test.each(named(NONE))("the calls of a rehearsal are not %s", async (_, answers) => {
    const message = await refused(plugin.swap(next, { dryRun: true, answers } as never));
    expect(message).toMatch(/^\[argument\] could not swap counter: found .+, wanted calls by function/);
  });
  test.each(named(flags))("discard of a rollback is not %s", async (_, discard) => {
    expect((await failure(plugin.rollback({ discard } as never))).code).toBe("argument");
  });
  test.each(named([...NONE, {}, "swap", "Trap"]))("an event is not %s", async (_, type) => {
    const listen = () => void plugin.on(type as "trap", () => {});
    expect(await refused(listen)).toMatch(/wanted one of transition, trap, error, close$/);
  });
  test.each(named([...NONE, {}]))("a source to follow is not %s", async (_, source) => {
    expect((await failure(() => void plugin.follow(source as never))).code).toBe("argument");
  });
  test.each(["drain", "timeout", "verify", "probation"])(
    "%s of a following is checked before its first change",
    async (name) => {
      const source = { current: async () => next, subscribe: () => () => {} };
      expect(await refused(() => void plugin.follow(source, { [name]: "soon" } as never))).toMatch(
        `could not use ${name}: found`,
      );
    },
  );
});

test("a change whose swap takes no such options is told as an event", async () => {
  await using plugin = await load(Counter, await guest("counter"));
  const next = await guest("counter", "2.0.0");
  const told = new Promise((resolve) => plugin.on("error", ({ error }) => resolve(error)));
  const subscribe = (onChange: (source: Source) => void) => {
    onChange(next);
    return () => {};
  };
  plugin.follow({ current: async () => next, subscribe }, { probation: { calls: -1 } });
  expect(await told).toMatchObject({ code: "argument" });
  expect(plugin.version).toBe("1.0.0");
});

test.each([
  ["nothing", () => undefined],
  ["an emitter", () => ({ removeListener() {} })],
  [
    "a function that throws",
    () => () => {
      throw new Error("it is gone");
    },
  ],
])("a source whose subscription answers %s ends no process", async (_, subscribe) => {
  const plugin = await load(Counter, await guest("counter"));
  const errors: unknown[] = [];
  plugin.on("error", ({ error }) => errors.push(error));
  plugin.follow({ current: async () => new Uint8Array(), subscribe: subscribe as never });
  await plugin.close();
  expect(errors.length).toBe(1);
});

test("sameAnswers of anything but calls does not let a version through", async () => {
  await using plugin = await load(Counter, await guest("counter"));
  const swapped = plugin.swap(await guest("counter", "2.0.0"), { verify: sameAnswers(5 as never) });
  expect(await refused(swapped)).toMatch(
    /verify refused version 2.0.0: found number 5, wanted calls by function/,
  );
});

test.each([
  ["clock", () => clock(null as never)],
  ["now", () => clock({ now: 5 as never })],
  ["random", () => random(5 as never)],
  ["examine", () => examine(new Uint8Array(), null as never)],
])("%s takes no such argument", async (name, work) => {
  const message = await refused(() => work() as Promise<unknown>);
  expect(message).toMatch(new RegExp(`^\\[argument\\] could not use (the options of )?${name}: found`));
});
