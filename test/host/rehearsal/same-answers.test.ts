import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { capability, clock, contract, type FunctionsOf, load, sameAnswers, wit } from "../../../host/mod.ts";
import { ALLOCATOR, Counter, failure, guest, manifest, refused, said, wat } from "../../faults/guest.ts";
import { metrics } from "../../faults/metrics.ts";
import { versions } from "../../versions.ts";

const built = versions(new URL("../../guests/answers/", import.meta.url));
const Kinds = contract("test:answers/counter@1", {
  put: { params: [z.string(), z.number()], returns: wit.result(z.uint32(), z.string()) },
  none: { params: [], returns: z.number() },
});
const REFUSED = "[failed-verify] could not swap counter 1.0.0: verify refused version 1.0.0: ";
const NOW = "; version 1.0.0 still serves";

describe("a version that is the same", () => {
  it("is swapped, whatever the calls change, since they are made of copies", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await plugin.call.add(3);
    const verify = sameAnswers<FunctionsOf<typeof Counter>>({ add: [[1], [2]], value: [[]] });
    await plugin.swap(await guest("counter", "2.0.0"), { verify });
    expect([plugin.version, await plugin.call.value()]).toEqual(["2.0.0", 3]);
  });

  it("may answer with errs, NaN and maps", async () => {
    await using plugin = await load(Kinds, await built("kinds"));
    const next = await built("kinds");
    await plugin.swap(next, { verify: sameAnswers([["put", "", 1], ["put", "a", Number.NaN], ["none"]]) });
    expect(plugin.generation).toBe(2);
  });

  it("sees the clock that the incumbent saw", async () => {
    let time = 0;
    const grant = [
      clock({ now: () => ++time, monotonic: () => ++time }),
      capability(
        "wasi:random/random@0.2",
        {
          getRandomU64: { params: [], returns: z.uint64(), kind: "read" },
          getRandomBytes: { params: [z.uint64()], returns: wit.bytes(), kind: "read" },
        },
        () => ({ getRandomU64: () => BigInt(++time), getRandomBytes: () => new Uint8Array(8) }),
      ),
    ];
    const module = await built("chance");
    await using plugin = await load(module, { grant });
    await plugin.swap(module, { verify: sameAnswers({ now: [[], []], draw: [[]], last: [[]] }) });
    expect(plugin.generation).toBe(2);
    // What nobody shares differs with every look.
    await expect(
      plugin.swap(module, {
        verify: async (twin) => (await twin.call.now!()) === (await plugin.call.now!()),
      }),
    ).rejects.toThrow("it answered false");
  });
});

it("is typed by the contract", async () => {
  await using plugin = await load(Counter, await guest("counter"));
  const next = await guest("counter", "2.0.0");
  // @ts-expect-error: there is no such function
  const stranger = plugin.swap(next, { verify: sameAnswers({ substract: [[1]] }) });
  // @ts-expect-error: it takes a number
  const argument = plugin.swap(next, { verify: sameAnswers({ add: [["one"]] }) }).catch(() => {});
  await expect(stranger).rejects.toThrow("there is no function");
  await argument;
  // @ts-expect-error: it takes a number
  await expect(plugin.swap(next, { dryRun: true, answers: [["add", "one"]] })).rejects.toThrow("[argument]");
});

describe("a version is refused", () => {
  it("when it answers otherwise, with the call and both answers", async () => {
    const module = await built("module-variable");
    await using plugin = await load(module);
    for (const key of ["a", "b"]) await plugin.call.hit!(key as never);
    const error = await failure(plugin.swap(module, { verify: sameAnswers({ hit: [["c"], ["d"]] }) }));
    expect(said(error)).toBe(
      `${REFUSED}hit("c") is 1, and 3 in the version that serves; hit("d") is 2, and 4 in the version that serves${NOW}`,
    );
    expect(error.phase).toBe("verify");
    expect(await plugin.call.hit!("e" as never)).toBe(3);
  });

  it("with the first differences alone, when there are many, and the place in a large one", async () => {
    const module = await built("big");
    await using plugin = await load(module);
    await plugin.call.hold!();
    const asked = { rows: [[]], text: [[]], refuse: [[], [], []] };
    expect(await refused(plugin.swap(module, { verify: sameAnswers(asked) }))).toBe(
      `${REFUSED}rows()[4321] is "row 0", and "row 1" in the version that serves; ` +
        'text() from character 3001 is "0", and "1" in the version that serves; ' +
        'refuse() is the err "refused for the 0th time", and the err "refused for the 1th time" in the version that serves; ' +
        `and 2 more${NOW}`,
    );
  });

  it("when a call traps, on whichever side", async () => {
    const module = await built("big");
    await using plugin = await load(module);
    await plugin.call.hold!();
    const look = () => refused(plugin.swap(module, { verify: sameAnswers({ trap: [[]] }) }));
    expect(await look()).toBe(
      `${REFUSED}trap() traps in the version that serves, so it cannot be compared: held is 1${NOW}`,
    );
    await using other = await load(Counter, await guest("counter"));
    const unlucky = await guest("trap-in-call", "2.0.0");
    const ask = () => other.swap(unlucky, { verify: sameAnswers([["value"], ["add", 13]]) });
    expect(await refused(ask())).toBe(
      "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: add(13) traps in the version that may serve, so it cannot be compared: 13 is unlucky; version 1.0.0 still serves",
    );
  });

  it("when a call has an effect, which is not done", async () => {
    const act = vi.fn((n: number) => n);
    await using plugin = await load(await guest("granted"), { grant: [metrics({ act })] });
    const verify = sameAnswers({ act: [[1]] });
    expect(await refused(plugin.swap(await guest("granted", "2.0.0"), { verify }))).toContain(
      "act(1) traps in the version that serves, so it cannot be compared: test:faults/metrics@1.0.0#act has an effect",
    );
    expect(act).not.toHaveBeenCalled();
  });

  it("when the calls are none of its functions', or their arguments do not fit", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    const next = await guest("counter", "2.0.0");
    const look = (asked: object) => refused(plugin.swap(next, { verify: sameAnswers(asked as never) }));
    const begins = "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: ";
    expect(await look({ substract: [[1]] })).toBe(
      `${begins}there is no function "substract" to ask; there is add, value${NOW}`,
    );
    expect(await look([["add", "one"]])).toMatch(
      /\[argument\] could not call counter\.add: .*; it was not called/,
    );
    // A dry run says so before anything is made.
    expect(await refused(plugin.swap(next, { answers: { value: [[]] } }))).toBe(
      "[argument] could not swap counter: answers are of a dry run; say dryRun: true, or verify: sameAnswers(...); nothing was called",
    );
    const strange = { substract: [[]] } as never;
    expect(await refused(plugin.swap(next, { dryRun: true, answers: strange }))).toBe(
      '[argument] could not swap counter: there is no function "substract" to ask; there is add, value; nothing was called',
    );
  });
});

describe("a look of your own", () => {
  it("asks both, as they were when the state was saved", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    await plugin.call.add(3);
    const values: number[] = [];
    await plugin.swap(await guest("counter", "2.0.0"), {
      async verify(twin, incumbent) {
        await plugin.call.add(10);
        for (const view of [incumbent, twin]) values.push(await view.call.value(), view.callSync.add(1));
      },
    });
    expect(values).toEqual([3, 4, 3, 4]);
    expect(await plugin.call.value()).toBe(13);
  });

  it("that names one parameter costs no copy, and is told so when it asks for the incumbent all the same", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    const verify = async (
      ...[, incumbent]: Parameters<NonNullable<NonNullable<Parameters<typeof plugin.swap>[1]>["verify"]>>
    ) => {
      await incumbent.call.value();
    };
    expect(await refused(plugin.swap(await guest("counter", "2.0.0"), { verify }))).toBe(
      "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: [failed-verify] could not call value of the incumbent: verify names one parameter; name a second one, and a copy is kept for it; version 1.0.0 still serves",
    );
  });

  it("finds both gone when it is over", async () => {
    await using plugin = await load(Counter, await guest("counter"));
    let kept: typeof plugin.call | undefined;
    await plugin.swap(await guest("counter", "2.0.0"), {
      verify(_, incumbent) {
        kept = incumbent.call;
      },
    });
    expect(await refused(kept!.value())).toBe(
      "[closed] could not call the copy of counter 1.0.0: verify is over",
    );
  });

  it("cannot ask an incumbent that cannot be copied, and a dry run says why nothing was compared", async () => {
    const module = await wat(`${ALLOCATOR} (func (export "ask") (result i32) i32.const 1)`, {
      manifest: manifest({ exports: [{ name: "ask", params: [], result: "u32" }] }),
    });
    await using plugin = await load(module);
    expect(await refused(plugin.swap(module, { verify: sameAnswers({ ask: [[]] }) }))).toContain(
      "could not call ask of the incumbent: it cannot be copied, since it does not export its mutable globals",
    );
    const { answers } = await plugin.swap(module, { dryRun: true, answers: { ask: [[]] } });
    expect(answers).toEqual({
      skipped: "hand 1.0.0 does not export its mutable globals, so it cannot be copied",
    });
  });
});

it.skipIf(!("Suspending" in WebAssembly))("waits for grants that answer later, on both sides", async () => {
  let asked = 0;
  const later = capability(
    "test:faults/metrics@1.0.0",
    {
      look: { params: [], returns: z.uint32(), kind: "read", async: true },
      act: { params: [z.uint32()], returns: z.uint32(), async: true },
      tell: { params: [z.string()], kind: "post" },
      attempt: { params: [z.uint32()], returns: wit.result(z.uint32(), z.string()), async: true },
    },
    () => ({ look: async () => ++asked, act: async (n) => n, tell: () => {}, attempt: async (n) => n }),
  );
  await using plugin = await load(await guest("granted"), { grant: [later] });
  const calls = [["look"], ["add", 1], ["look"]] as const;
  const next = await guest("granted", "2.0.0");
  const record = await plugin.swap(next, { dryRun: true, answers: calls });
  expect(record.answers).toMatchObject({
    itself: { calls: 3, differing: [] },
    next: { calls: 3, differing: [] },
  });
  asked = 0;
  await plugin.swap(next, { verify: sameAnswers(calls) });
  expect([plugin.version, asked]).toEqual(["2.0.0", 2]);
});
