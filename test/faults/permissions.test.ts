/** A version that asks for more than the one that serves has to be approved, however it comes. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { capability, contract, type LiveSource, load, type PermissionChange } from "../../host/mod.ts";
import { failure, manifest, refused, wat } from "./guest.ts";

const Odd = contract("test:faults/odd@1", { run: { params: [], returns: z.uint32() } });
const rows = capability(
  "test:faults/rows@1.2.0",
  {
    find: { params: [], returns: z.uint32(), kind: "read" },
    drop: { params: [], returns: z.uint32() },
  },
  () => ({ find: () => 7, drop: () => 8 }),
);
const time = capability(
  "test:faults/time@1.0.0",
  { now: { params: [], returns: z.uint32(), kind: "read" } },
  () => ({
    now: () => 9,
  }),
);

/** A version that asks for functions, by interface. */
function asking(version: string, asked: Readonly<Record<string, readonly string[]>>) {
  const imports = Object.entries(asked).map(([name, functions]) => ({
    interface: name,
    functions: functions.map((each) => ({ name: each, params: [], result: "u32" })),
  }));
  const names = Object.entries(asked).flatMap(([of, functions]) =>
    functions.map((each) => [of, each] as const),
  );
  const own = names.map(([of, each], i) => `(import "${of}" "${each}" (func $f${i} (result i32)))`);
  const calls = names.map((_, i) => `(drop (call $f${i}))`);
  return wat(
    `${own.join(" ")} (memory (export "memory") 1) (func (export "test:faults/odd@1.0.0#run") (result i32) ${calls.join(" ")} (i32.const ${names.length}))`,
    {
      manifest: manifest({
        version,
        interface: "test:faults/odd@1.0.0",
        exports: [{ name: "run", params: [], result: "u32" }],
        imports,
      }),
    },
  );
}

const NOTHING = () => asking("1.0.0", {});
const FIND = () => asking("1.1.0", { "test:faults/rows@1.0.0": ["find"] });
const BOTH = () =>
  asking("1.2.0", { "test:faults/rows@1.0.0": ["find", "drop"], "test:faults/time@1.0.0": ["now"] });
const grant = [rows, time];

describe("a version that asks for more", () => {
  test("is refused, with what it asks for and what to say", async () => {
    await using plugin = await load(Odd, await NOTHING(), { grant });
    const error = await failure(plugin.swap(await BOTH()));
    expect(error).toMatchObject({
      code: "asks-more",
      phase: "prepare",
      message:
        "[asks-more] could not swap hand 1.0.0: version 1.2.0 asks for what version 1.0.0 did not: test:faults/rows@1.0.0 (find, drop); test:faults/time@1.0.0 (now); say approve: (asked) => true, or look at what is asked; version 1.0.0 still serves",
    });
    expect([plugin.version, await plugin.call.run()]).toEqual(["1.0.0", 0]);
    // What it says is what to do.
    await plugin.swap(await BOTH(), { approve: (_asked) => true });
    expect([plugin.version, await plugin.call.run()]).toEqual(["1.2.0", 3]);
  });

  test("is approved by what it asks for besides, and by nothing else", async () => {
    await using plugin = await load(Odd, await FIND(), { grant });
    const seen: (readonly PermissionChange[])[] = [];
    await plugin.swap(await BOTH(), { approve: (asked) => seen.push(asked) > 0 });
    expect(seen).toEqual([
      [
        { interface: "test:faults/rows@1.0.0", kind: "asked", functions: ["drop"] },
        { interface: "test:faults/time@1.0.0", kind: "asked", functions: ["now"] },
      ],
    ]);
  });

  test.each<[string, () => unknown, string]>([
    ["says no", () => false, "it was not approved"],
    ["says nothing", () => undefined, "it was not approved"],
    ["says something else than true", () => "yes", "it was not approved"],
    [
      "throws",
      () => {
        throw new Error("ask me tomorrow");
      },
      "approve threw: ask me tomorrow",
    ],
    ["is rejected", () => Promise.reject(new Error("ask me tomorrow")), "approve threw: ask me tomorrow"],
    ["says no later", async () => false, "it was not approved"],
  ])("is refused where approve %s", async (_, approve, why) => {
    await using plugin = await load(Odd, await NOTHING(), { grant });
    const error = await failure(plugin.swap(await FIND(), { approve: approve as never }));
    expect([error.code, error.rawMessage.includes(`(find); ${why}; version 1.0.0 still serves`)]).toEqual([
      "asks-more",
      true,
    ]);
    expect(plugin.version).toBe("1.0.0");
  });

  test("is refused where approve does not answer in time", async () => {
    await using plugin = await load(Odd, await NOTHING(), { grant });
    const never = new Promise<boolean>(() => {});
    expect((await failure(plugin.swap(await FIND(), { approve: () => never, timeout: 20 }))).code).toBe(
      "deadline",
    );
    expect(plugin.version).toBe("1.0.0");
  });

  test("asks again after a version that gave something up", async () => {
    await using plugin = await load(Odd, await FIND(), { grant });
    await plugin.swap(await NOTHING());
    expect((await failure(plugin.swap(await FIND()))).code).toBe("asks-more");
  });

  test("is not asked about on the way back", async () => {
    await using plugin = await load(Odd, await FIND(), { grant });
    await plugin.swap(await NOTHING(), { probation: {} });
    await plugin.rollback();
    expect([plugin.version, await plugin.call.run()]).toEqual(["1.1.0", 1]);
  });

  test("that was not granted is refused for that, and approve is not asked", async () => {
    await using plugin = await load(Odd, await NOTHING(), { grant: [time] });
    const approve = () => expect.unreachable();
    expect((await failure(plugin.swap(await FIND(), { approve }))).code).toBe("missing-grant");
  });

  test("is refused in a rehearsal, as a mirror, and from a source that is followed", async () => {
    await using plugin = await load(Odd, await NOTHING(), { grant });
    expect((await failure(plugin.swap(await FIND(), { dryRun: true }))).code).toBe("asks-more");
    expect((await failure(plugin.mirror(await FIND()))).code).toBe("asks-more");
    expect(await refused(plugin.mirror(await FIND(), { approve: "yes" as never }))).toContain(
      "[argument] could not use approve",
    );
    (await plugin.mirror(await FIND(), { approve: () => true })).close();
    let told: (source: Uint8Array) => void = () => {};
    const source: LiveSource = {
      current: NOTHING,
      subscribe: (listener) => {
        told = listener as never;
        return () => {};
      },
    };
    const records = () => plugin.history().map(({ outcome, cause }) => [outcome, cause?.code]);
    const next = () => new Promise<void>((resolve) => plugin.on("transition", () => resolve()));
    const following = plugin.follow(source);
    let refusal = next();
    told(await FIND());
    await refusal;
    following.close();
    expect(records().at(-1)).toEqual(["refused", "asks-more"]);
    const approving = plugin.follow(source, {
      approve: async (asked) => asked.every(({ functions }) => functions.join() === "find"),
    });
    refusal = next();
    told(await BOTH());
    await refusal;
    expect(records().at(-1)).toEqual(["refused", "asks-more"]);
    refusal = next();
    told(await FIND());
    await refusal;
    expect(records().at(-1)).toEqual(["swapped", undefined]);
    approving.close();
    // A source may decide, where the one who follows it does not.
    const deciding = plugin.follow({ ...source, approve: () => true });
    refusal = next();
    told(await BOTH());
    await refusal;
    expect(records().at(-1)).toEqual(["swapped", undefined]);
    deciding.close();
  });
});
