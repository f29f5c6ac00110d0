import { describe, expect, it } from "vitest";
import { type Awaitable, run } from "../../../host/awaitable.ts";
import { Journal } from "../../../host/journal/journal.ts";
import { recover } from "../../../host/journal/replay.ts";

/** A generation whose state is the list of the calls that it ran; its answer is how many. */
function generation(known: number[], fails?: number) {
  const copies = { taken: 0, dropped: 0 };
  const replay = (n: number): Awaitable<number> => {
    if (n === fails) throw new Error("it broke");
    known.push(n);
    return known.length;
  };
  return {
    known,
    copies,
    replay: ({ slot }: { readonly slot: number }) => replay(slot),
    image() {
      const kept = [...known];
      copies.taken++;
      return { undo: () => void known.splice(0, known.length, ...kept), drop: () => void copies.dropped++ };
    },
  };
}

/** A journal of calls, each with the answer that was given. */
function journalOf(answers: readonly number[]): Journal {
  const journal = new Journal();
  for (const [slot, digest] of answers.entries()) {
    journal.entries.push({ name: `call-${slot}`, slot, args: new Uint8Array(0), answers: [], digest });
  }
  return journal;
}

describe("recovery", () => {
  it("runs every call of the journal once, in order, and lets go of its copy", () => {
    const one = generation([]);
    expect(run(recover(one, journalOf([1, 2, 3])))).toEqual({ calls: 3, divergences: 0 });
    expect([one.known, one.copies]).toEqual([[0, 1, 2], { taken: 1, dropped: 1 }]);
  });

  it("counts the answers that differ, shows the first, and goes on", () => {
    const replayed = run(recover(generation([]), journalOf([1, 7, 8, 4])));
    expect(replayed).toEqual({ calls: 4, divergences: 2, first: { call: 2, name: "call-1" } });
  });

  it("puts back what was when a call cannot be run again, and lets go of its copy", () => {
    const one = generation([9], 2);
    expect(() => run(recover(one, journalOf([2, 3, 4])))).toThrow(
      "[unreplayable] call 3 of 3 since the cutover, call-2, could not be run again: it broke",
    );
    expect([one.known, one.copies]).toEqual([[9], { taken: 1, dropped: 1 }]);
  });
});
