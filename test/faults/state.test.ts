/** State that is broken, somebody else's, or cannot be saved. */
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load, PluginError } from "../../host/mod.ts";
import { Counter, failure, guest, refused, said } from "./guest.ts";

let saved: Uint8Array;
beforeAll(async () => {
  await using plugin = await load(Counter, await guest("counter"));
  for (const step of [3, 4, 5]) await plugin.call.add(step);
  saved = await plugin.snapshot();
});

describe("a snapshot that is not what was saved is refused", () => {
  test("cut short at any byte", async () => {
    const wasm = await WebAssembly.compile((await guest("counter")) as Uint8Array<ArrayBuffer>);
    for (let length = 0; length < saved.length; length++) {
      const error = await failure(load(Counter, wasm, { state: saved.subarray(0, length) }));
      expect([length, error.code]).toEqual([length, "bad-snapshot"]);
      expect(error.message).toMatch(
        /^\[bad-snapshot\] could not load a compiled module with the given state: \S/,
      );
    }
  });

  test("with a bit flipped anywhere; or it is the same state all the same", async () => {
    const wasm = await WebAssembly.compile((await guest("counter")) as Uint8Array<ArrayBuffer>);
    let accepted = 0;
    for (let at = 0; at < saved.length; at++) {
      const bytes = saved.slice();
      bytes[at]! ^= 1 << (at % 8);
      try {
        await using plugin = await load(Counter, wasm, { state: bytes });
        // A file's header may hold entries of other tools: one whose name is not ours any more says nothing to us.
        expect(await plugin.snapshot()).toEqual(saved);
        accepted++;
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        expect([at, error.code]).toEqual([at, "bad-snapshot"]);
      }
    }
    expect(accepted).toBeLessThan(16);
  });

  const rows: readonly (readonly [what: string, bytes: () => Uint8Array, message: string])[] = [
    [
      "nothing",
      () => new Uint8Array(),
      "[bad-snapshot] could not load bytes with the given state: at byte 0 of 0: found no Avro object container file (it begins with nothing)",
    ],
    [
      "a file of another sort",
      () => new TextEncoder().encode('{"value": 12}'),
      "[bad-snapshot] could not load bytes with the given state: at byte 0 of 13: found no Avro object container file (it begins with 7b227661)",
    ],
    [
      "bytes that follow the end",
      () => Uint8Array.of(...saved, 0),
      "[bad-snapshot] could not load bytes with the given state: at byte 546 of 546: found the end in a long",
    ],
    [
      "two of them",
      () => Uint8Array.of(...saved, ...saved),
      "[bad-snapshot] could not load bytes with the given state: at byte 545 of 1090: found a block of -40 states",
    ],
  ];
  test.each(rows)("%s", async (_, bytes, message) => {
    expect(await refused(load(Counter, await guest("counter"), { state: bytes() }))).toBe(message);
  });
});

describe("a snapshot of another plugin", () => {
  test("with another state is refused, and says whose it is", async () => {
    await using other = await load(await guest("text", "1.4.0", "notes"));
    const state = await other.snapshot();
    expect(await refused(load(Counter, await guest("counter"), { state }))).toBe(
      "[incompatible-state] the state does not cross to counter 1.0.0: no way leads from the state of notes 1.4.0 to counter 1.0.0: text: the new version has no such field. It has no steps" +
        '\n\nWhat would lead there, in the new version\'s source:\n\n- If text is of no use any more:\n\n    @dropped("text") class Counter\n\n' +
        '- Else a step. Above class Counter:\n\n    class CounterV1 {\n      text: string = "";\n    }\n\n' +
        "  and in class Counter:\n\n    static from(old: CounterV1): Counter {\n      const made = new Counter();\n" +
        '      throw new Error("decide what becomes of old.text");\n      return made;\n    }',
    );
  });

  test("whose bytes only their author can read is refused by name", async () => {
    await using other = await load(await guest("hooks"));
    const state = await other.snapshot();
    expect(await refused(load(Counter, await guest("counter"), { state }))).toBe(
      "[incompatible-state] the state does not cross to counter 1.0.0: no way leads from the state of counter 1.0.0 to counter 1.0.0: the first is opaque, made by hooks that are written by hand, the second typed",
    );
    expect(await refused(load(Counter, await guest("hooks"), { state: saved }))).toBe(
      "[incompatible-state] the state does not cross to counter 1.0.0: no way leads from the state of counter 1.0.0 to counter 1.0.0: the first is typed, the second opaque, made by hooks that are written by hand",
    );
    const stranger = await guest("hooks", "1.0.0", "stranger");
    expect(await refused(load(Counter, stranger, { state }))).toBe(
      "[incompatible-state] the state does not cross to stranger 1.0.0: no way leads from the state of counter 1.0.0 to stranger 1.0.0: opaque state passes only to the plugin of the same name",
    );
    await using again = await load(Counter, await guest("hooks", "2.0.0"), { state });
    expect(await again.call.value()).toBe(0);
  });

  test("is refused by a plugin without state", async () => {
    expect(await refused(load(Counter, await guest("stateless"), { state: saved }))).toBe(
      "[incompatible-state] counter 1.0.0 has no state, so it cannot take any over",
    );
  });
});

test("a plugin without state has no snapshot", async () => {
  await using plugin = await load(Counter, await guest("stateless"));
  expect(await refused(plugin.snapshot())).toBe(
    "[no-state] could not take a snapshot: counter 1.0.0 has no state",
  );
  expect(await plugin.call.add(1)).toBe(1);
});

test("a plugin without state takes over none: it begins anew, as it says", async () => {
  await using plugin = await load(Counter, await guest("stateless"));
  await plugin.call.add(1);
  const record = await plugin.swap(await guest("stateless", "2.0.0"));
  expect([record.stateBytes, record.steps]).toEqual([0, []]);
  expect(await plugin.call.value()).toBe(0);
});

test("a restore that fails at load leaves no plugin", async () => {
  expect(await refused(load(Counter, await guest("trap-in-on-restore"), { state: saved }))).toBe(
    "[failed-restore] counter 1.0.0: its restore failed: onRestore broke",
  );
  expect(await refused(load(Counter, await guest("complaint"), { state: saved }))).toBe(
    "[failed-check] counter 1.0.0 finds its state wrong: 12 is too many",
  );
});

describe("a cycle among the objects of a state", () => {
  const Chain = contract("test:faults/counter@1", {
    add: { params: [z.uint32()], returns: z.uint32() },
    value: { params: [], returns: z.uint32() },
    untie: { params: [] },
  });

  test("ends the save with both ways to what is met twice, and harms nothing", async () => {
    await using plugin = await load(Chain, await guest("cycle"));
    const before = await plugin.snapshot();
    await plugin.call.add(13);
    expect(await refused(plugin.snapshot())).toBe(
      "[failed-save] counter 1.0.0: its save failed (on a copy): cannot save Link.next: it holds the same Link as Chain.first, which would come back as two; mark class Link @shared, and it crosses as the one that it is",
    );
    const error = await failure(plugin.swap(await guest("cycle", "2.0.0")));
    expect(said(error)).toBe(
      "[failed-save] could not swap counter 1.0.0: counter 1.0.0: its save failed (on a copy): cannot save Link.next: it holds the same Link as Chain.first, which would come back as two; mark class Link @shared, and it crosses as the one that it is; version 1.0.0 still serves",
    );
    expect(error.phase).toBe("prepare");
    expect(await plugin.call.value()).toBe(13);
    await plugin.call.untie();
    expect((await plugin.snapshot()).length).toBe(before.length);
    await plugin.swap(await guest("cycle", "2.0.0"));
    expect(await plugin.call.value()).toBe(13);
  });
});
