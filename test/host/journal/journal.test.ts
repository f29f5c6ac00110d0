import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scratch } from "../../../abi/canonical/value-bytes.ts";
import { PluginError } from "../../../host/errors.ts";
import type { RecordedCall } from "../../../host/generation/observer.ts";
import { type GrantKind, Question } from "../../../host/generation/question.ts";
import { Key } from "../../../host/generation/question-bytes.ts";
import { boundsOf, type JournalBounds } from "../../../host/journal/bounds.ts";
import type { CursorOptions, JournalCursor } from "../../../host/journal/cursor.ts";
import { Journal } from "../../../host/journal/journal.ts";

/** A scratch that holds so many bytes. */
function scratch(bytes: Uint8Array): Scratch {
  const made = new Scratch();
  made.put(bytes);
  return made;
}

function follow(journal: Journal, bounds?: JournalBounds, more?: Partial<CursorOptions>): JournalCursor {
  return journal.follow({
    bounds: boundsOf(bounds, { option: "test", maxBytes: journal.maxBytes }),
    ...more,
  });
}

const questions = {
  read: new Question("test:a/b@1.0.0#read", { params: [], result: "u32" }, "read"),
  effect: new Question("test:a/b@1.0.0#effect", { params: [], result: "u32" }, "effect"),
};

function answer(journal: Journal, kind: Exclude<GrantKind, "post">, bytes: Uint8Array, key = 7): void {
  journal.answer(
    { question: questions[kind], key: new Key({ high: key, low: key }), as: "answered" },
    scratch(bytes),
  );
}

/** One call with arguments of so many bytes, that was answered. */
function call(journal: Journal, size = 8, slot = 0): boolean {
  journal.begin(slot, scratch(new Uint8Array(size)));
  return journal.end(slot);
}

const slots = (cursor: JournalCursor) => Array.from(cursor.each(), ({ slot }) => slot);

describe("a journal", () => {
  it("gives back what was recorded, from where each of its cursors began", () => {
    const bytes = fc
      .uint8Array({ maxLength: 30 })
      .chain((few) =>
        fc.nat(3).map((many) => (many === 0 ? new Uint8Array(3_000).fill(few.length) : new Uint8Array(few))),
      );
    const recorded = fc.record({
      slot: fc.nat(3),
      args: bytes,
      digest: fc.integer(),
      answers: fc.array(
        fc.record({
          key: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          kind: fc.constantFrom("read" as const, "effect" as const),
          as: fc.constantFrom("answered" as const, "threw" as const),
          bytes,
        }),
        { maxLength: 4 },
      ),
      dropped: fc.boolean(),
      follows: fc.boolean(),
      takes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(recorded, { maxLength: 20 }), (calls) => {
        const journal = new Journal();
        for (const slot of [0, 1, 2, 3]) journal.know(slot, `call-${slot}`);
        const followed: { readonly cursor: JournalCursor; readonly expected: RecordedCall[] }[] = [];
        for (const { slot, args, answers, digest, dropped, follows, takes } of calls) {
          if (follows || followed.length === 0) followed.push({ cursor: follow(journal), expected: [] });
          journal.begin(slot, scratch(args));
          for (const { key, kind, as, bytes } of answers) {
            const halves = { high: Number(key >> 32n) | 0, low: Number(key & 0xffffffffn) | 0 };
            journal.answer({ question: questions[kind], key: new Key(halves), as }, scratch(bytes));
          }
          if (dropped) {
            expect(journal.drop()).toEqual(answers.filter(({ kind }) => kind === "effect"));
          } else {
            journal.end(digest);
            const name = `call-${slot}`;
            for (const { expected } of followed) expected.push({ name, slot, args, answers, digest });
          }
          if (takes) {
            const { cursor, expected } = followed[followed.length >> 1]!;
            expect(cursor.take()).toEqual(expected.shift());
          }
          for (const { cursor, expected } of followed) expect(cursor.count).toBe(expected.length);
        }
        for (const { cursor, expected } of followed) expect([...cursor.each()]).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("weighs what it keeps: arguments, host answers, and 12 bytes for each of them", () => {
    const journal = new Journal();
    const cursor = follow(journal);
    call(journal, 5);
    expect(cursor.bytes).toBe(12 + 8);
    journal.begin(0, scratch(new Uint8Array(0)));
    answer(journal, "read", new Uint8Array(65_536));
    // What is not answered yet is no call.
    expect([cursor.count, cursor.bytes]).toEqual([1, 20]);
    journal.end(0);
    expect([cursor.count, cursor.bytes]).toEqual([2, 20 + 12 + 12 + 65_536]);
    expect(journal.taken).toBeLessThan(2 * cursor.bytes);
  });

  it("takes at most 1.2 times the bytes of arguments that are not tiny", () => {
    const journal = new Journal();
    const cursor = follow(journal, { calls: Number.POSITIVE_INFINITY });
    for (let n = 0; n < 20_000; n++) call(journal, 72);
    expect(cursor.bytes / (20_000 * 72)).toBeLessThan(1.17);
    expect(journal.taken / (20_000 * 72)).toBeLessThan(1.2);
  });

  it("takes no memory while nobody follows it, and none when the last one is gone", () => {
    const journal = new Journal();
    expect([journal.live, journal.taken]).toEqual([false, 0]);
    const [one, other] = [follow(journal), follow(journal)];
    call(journal, 100_000);
    one.end();
    expect(slots(other)).toEqual([0]);
    other.end();
    expect([journal.live, journal.taken]).toEqual([false, 0]);
  });

  it("tells when a cursor holds as many calls as it may, and at the number that its owner wants to hear", () => {
    const journal = new Journal();
    const cursor = follow(journal, { calls: 3 });
    expect([call(journal), call(journal), cursor.full]).toEqual([false, false, false]);
    expect([call(journal), cursor.full]).toEqual([true, true]);
    cursor.restart();
    expect([call(journal), cursor.count, cursor.full]).toEqual([false, 1, false]);
    const heard = follow(journal, {}, { calls: 1 });
    expect([call(journal), heard.full]).toEqual([true, false]);
  });
});

describe("a call that has no room", () => {
  const KIB = new Uint8Array(1024);

  it("by its arguments is told, and leaves the cursor lost when it was answered; nothing of the journal is kept", () => {
    const journal = new Journal();
    const needs: number[] = [];
    const cursor = follow(journal, { bytes: 1_000 }, { onFull: (needed) => needs.push(needed) });
    call(journal, 100, 1);
    journal.begin(2, scratch(KIB));
    expect([needs, cursor.lost, slots(cursor)]).toEqual([[1024], false, [1]]);
    expect([journal.end(0), cursor.lost, cursor.full, slots(cursor)]).toEqual([true, true, true, []]);
    expect([journal.live, journal.taken]).toEqual([false, 0]);
    cursor.restart();
    call(journal, 100, 3);
    expect([cursor.lost, slots(cursor)]).toEqual([false, [3]]);
  });

  it("by what the host answers stays within the bound, however much that is", () => {
    const journal = new Journal(1_000_000);
    const cursor = follow(journal);
    journal.begin(0, scratch(KIB));
    for (let n = 0; n < 10_000; n++) answer(journal, "read", KIB);
    expect(journal.taken).toBeLessThan(1_000_000 + 4 * 65_536);
    journal.end(0);
    expect(cursor.lost).toBe(true);
  });

  it("and then traps leaves all calls before it, and room for the next", () => {
    const journal = new Journal();
    const cursor = follow(journal, { bytes: 1_000 });
    call(journal, 100, 1);
    journal.begin(2, scratch(new Uint8Array(0)));
    answer(journal, "read", KIB);
    expect(journal.drop()).toEqual([]);
    call(journal, 100, 3);
    expect([cursor.lost, slots(cursor)]).toEqual([false, [1, 3]]);
  });

  it("and had an effect that is not kept says that not all effects are known", () => {
    const journal = new Journal();
    follow(journal, { bytes: 1_000 });
    journal.begin(2, scratch(new Uint8Array(0)));
    answer(journal, "effect", new Uint8Array(4));
    answer(journal, "effect", KIB);
    expect(journal.drop()).toBeUndefined();
    // A read that is not kept is asked again, and an effect of before is known.
    journal.begin(2, scratch(new Uint8Array(0)));
    answer(journal, "effect", new Uint8Array(4));
    answer(journal, "read", KIB);
    expect(journal.drop()).toMatchObject([{ kind: "effect" }]);
  });

  it("is refused where the cursor's owner wants that, and what was recorded before is there", () => {
    const journal = new Journal();
    const full = new PluginError("journal-full", "no room");
    const cursor = follow(
      journal,
      { bytes: 1_000 },
      {
        onFull: () => {
          throw full;
        },
      },
    );
    call(journal, 100, 1);
    expect(() => journal.begin(2, scratch(KIB))).toThrow(full);
    expect(journal.drop()).toEqual([]);
    journal.begin(2, scratch(new Uint8Array(0)));
    answer(journal, "effect", new Uint8Array(4));
    expect(() => answer(journal, "read", KIB)).toThrow(full);
    expect(journal.drop()).toMatchObject([{ kind: "effect" }]);
    journal.begin(2, scratch(new Uint8Array(0)));
    expect(() => answer(journal, "effect", KIB)).toThrow(full);
    expect(journal.drop()).toBeUndefined();
    expect([cursor.lost, slots(cursor)]).toEqual([false, [1]]);
  });

  it("for one cursor is kept for the others", () => {
    const journal = new Journal();
    const [small, large] = [follow(journal, { bytes: 1_000 }), follow(journal)];
    call(journal, 1024, 1);
    call(journal, 8, 2);
    expect([small.lost, slots(large)]).toEqual([true, [1, 2]]);
  });

  it("larger than any piece may be is told like any other", () => {
    const journal = new Journal(Number.POSITIVE_INFINITY);
    const cursor = follow(journal);
    const large = scratch(new Uint8Array(0));
    large.size = 2 ** 28;
    journal.begin(1, large);
    journal.end(0);
    expect(cursor.lost).toBe(true);
  });
});

it("says what it holds and what it may, with the options that say so", () => {
  const journal = new Journal();
  const own = boundsOf({ bytes: 5_000 }, { option: "probation.journal", maxBytes: journal.maxBytes });
  const cursor = journal.follow({ bounds: own });
  call(journal, 2_000);
  expect(cursor.held).toBe(
    "it holds 1 of 100,000 calls (probation.journal.calls) and 2,012 of 5,000 bytes (probation.journal.bytes)",
  );
});

it("refuses bounds that are none", () => {
  const tries: [unknown, string][] = [
    [null, "could not use it.journal: found null, wanted an object with calls and bytes, or without them"],
    [
      { calls: -1 },
      "could not use it.journal.calls: found number -1, wanted calls from 0 up, or Infinity for any number",
    ],
    [
      { bytes: "1MiB" },
      'could not use it.journal.bytes: found string "1MiB", wanted bytes from 0 up, or Infinity for any number',
    ],
  ];
  for (const [given, message] of tries) {
    expect(() => boundsOf(given as JournalBounds, { option: "it.journal", maxBytes: 1 })).toThrow(
      new PluginError("argument", message),
    );
  }
  expect(() => new Journal(Number.NaN)).toThrow("[argument] could not use maxJournalBytes");
});
