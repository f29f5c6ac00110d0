import { describe, expect, it } from "vitest";
import { type Awaitable, run } from "../../../host/awaitable.ts";
import type { RecordedCall, RecordedCalls } from "../../../host/generation/observer.ts";
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

/** Calls, each with the answer that was given; `undefined` for one that nobody knows. */
function recorded(answers: readonly (number | undefined)[]): RecordedCall[] {
  return answers.map((digest, slot) => ({
    name: `call-${slot}`,
    slot,
    args: new Uint8Array(0),
    answers: [],
    digest,
  }));
}

function calls(answers: readonly (number | undefined)[]): RecordedCalls {
  return { count: answers.length, each: () => recorded(answers) };
}

describe("recovery", () => {
  it("runs every call of the journal once, in order, and lets go of its copy", () => {
    const one = generation([]);
    expect(run(recover(one, calls([1, 2, 3])))).toEqual({ calls: 3, divergences: 0 });
    expect([one.known, one.copies]).toEqual([[0, 1, 2], { taken: 1, dropped: 1 }]);
  });

  it("counts the answers that differ, shows the first, and goes on", () => {
    const replayed = run(recover(generation([]), calls([1, 7, 8, 4])));
    expect(replayed).toEqual({ calls: 4, divergences: 2, first: { call: 2, name: "call-1" } });
  });

  it("finds no difference to an answer that nobody knows", () => {
    expect(run(recover(generation([]), calls([1, undefined, 3])))).toEqual({ calls: 3, divergences: 0 });
  });

  it("puts back what was when a call cannot be run again, and lets go of its copy", () => {
    const one = generation([9], 2);
    expect(() => run(recover(one, calls([2, 3, 4])))).toThrow(
      "[unreplayable] call 3 of 3 since the cutover, call-2, could not be run again: it broke",
    );
    expect([one.known, one.copies]).toEqual([[9], { taken: 1, dropped: 1 }]);
  });

  it("reads calls that come later one at a time, and ends their reading whatever happens", async () => {
    const told: string[] = [];
    const later = (answers: readonly number[]): RecordedCalls => ({
      count: answers.length,
      async *each() {
        try {
          for (const call of recorded(answers)) {
            told.push(`read ${call.slot}`);
            yield call;
          }
        } finally {
          told.push("end");
        }
      },
    });
    const one = generation([]);
    const replay = (call: { readonly slot: number }) => {
      told.push(`run ${call.slot}`);
      return one.replay(call);
    };
    expect(await run(recover({ ...one, replay }, later([1, 2])))).toEqual({ calls: 2, divergences: 0 });
    expect(told.splice(0)).toEqual(["read 0", "run 0", "read 1", "run 1", "end"]);
    const broken = generation([], 0);
    await expect(run(recover(broken, later([1, 2])))).rejects.toMatchObject({ code: "unreplayable" });
    expect(told).toEqual(["read 0", "end"]);
  });
});
