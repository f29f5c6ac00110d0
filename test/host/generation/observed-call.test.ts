import { describe, expect, it } from "vitest";
import { argumentsShape, decodeShape, Scratch } from "../../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../../abi/error.ts";
import type { FunctionType, ValueType } from "../../../abi/type.ts";
import { PluginError } from "../../../host/errors.ts";
import { Digest } from "../../../host/generation/digest.ts";
import { recorded } from "../../../host/generation/observed-call.ts";
import type { TrappedCall } from "../../../host/generation/observer.ts";
import { type HostCalls, Question } from "../../../host/generation/question.ts";
import { recordOf } from "../../../host/generation/recorded-function.ts";
import type { GrantKind } from "../../../host/grant/capability.ts";
import { Answering } from "../../../host/grant/recorded-answers.ts";
import { boundsOf, type JournalBounds } from "../../../host/journal/bounds.ts";
import { Journal } from "../../../host/journal/journal.ts";

const TYPE: FunctionType = { params: [{ name: "n", type: "u32" }], result: "u32" };

interface Listening {
  readonly type?: FunctionType;
  readonly clock?: () => number;
  readonly bounds?: JournalBounds;
  readonly everyCall?: boolean;
  readonly answersLater?: boolean;
}

/** A function whose calls are recorded; `answer` may throw, and ask the host. */
function listened(
  answer: (...args: never[]) => unknown,
  { type = TYPE, clock, bounds, everyCall = true, answersLater = false }: Listening = {},
) {
  const journal = new Journal();
  const cursor = journal.follow({ bounds: boundsOf(bounds, { option: "test", maxBytes: 2 ** 26 }) });
  const scratch = new Scratch();
  const trapped: TrappedCall[] = [];
  const judged: unknown[] = [];
  const listens: boolean[] = [];
  let asking: HostCalls | undefined;
  const observer = {
    journal,
    everyCall,
    unlogged: () => {},
    ...(clock && { clock }),
    answered: (each: unknown) => void judged.push(each),
    trapped: (_: unknown, each: TrappedCall) => {
      trapped.push(each);
      return "answered by another";
    },
  };
  const shape = argumentsShape(type);
  const questions = new Answering("record", { scratch, record: recordOf(observer) });
  const listen = (next: HostCalls | undefined) => {
    asking = next;
    listens.push(next !== undefined);
  };
  const what = {
    name: "double",
    slot: 3,
    shape,
    call: answer as (...args: never[]) => unknown,
    answersLater,
    listen,
    scratch,
    digest: new Digest(),
  };
  const call = recorded(what, observer, questions) as (...args: unknown[]) => unknown;
  /** Asks the host out of a call. */
  const ask = (kind: GrantKind, result: ValueType, live: () => unknown) =>
    asking!.ask(new Question(`test:host/it@1.0.0#${kind}`, { params: [], result }, kind), [], live);
  const calls = () =>
    Array.from(cursor.each(), ({ args, ...more }) => ({
      ...more,
      args: decodeShape(shape, args, "arguments"),
    }));
  return { call, calls, cursor, journal, trapped, judged, listens, ask };
}

/** Both ways in which calls are recorded. */
describe.each([
  ["that answers at once", false],
  ["that may answer later", true],
])("a recorded call of a function %s", (_, answersLater) => {
  it("is in the journal when it was answered, and judged", async () => {
    const { call, calls, judged, listens } = listened((n: number) => n * 2, { answersLater });
    expect(call(4)).toBe(8);
    expect(calls()).toMatchObject([{ name: "double", slot: 3, args: [4], answers: [] }]);
    expect(judged).toEqual([{ name: "double", answer: 8, milliseconds: 0 }]);
    expect(listens[0]).toBe(true);
    expect(listens.at(-1)).toBe(false);
  });

  it("that trapped is in no journal, is listened to no longer, and is answered as its observer says", () => {
    const { call, calls, trapped, judged, listens } = listened(
      () => {
        throw new WebAssembly.RuntimeError("unreachable");
      },
      { answersLater },
    );
    expect(call(4)).toBe("answered by another");
    expect([calls(), judged, listens.at(-1)]).toEqual([[], [], false]);
    expect(trapped).toMatchObject([{ name: "double", slot: 3, args: [4], effects: [] }]);
  });

  it("that trapped hands over what the host had answered to its effects, and no read", () => {
    const told = listened(
      () => {
        told.ask("read", "u32", () => 7);
        told.ask("effect", "string", () => "done");
        throw new WebAssembly.RuntimeError("unreachable");
      },
      { answersLater },
    );
    told.call(4);
    expect(told.trapped[0]?.effects).toMatchObject([{ kind: "effect", as: "answered" }]);
    expect(told.calls()).toEqual([]);
  });

  it("that answered an err is in the journal like any other", () => {
    const err = new PluginError("guest-error", "no", { payload: "odd" });
    const { call, calls, judged, listens } = listened(
      () => {
        throw err;
      },
      { answersLater },
    );
    expect(() => call(3)).toThrow(err);
    expect(calls()).toMatchObject([{ digest: new Digest().ofErr("odd") }]);
    expect([judged, listens.at(-1)]).toEqual([[{ name: "double", error: err, milliseconds: 0 }], false]);
  });

  it("whose arguments do not fit is refused in the words of the call, and is in no journal", () => {
    const { call, calls, judged } = listened(() => 1, { answersLater });
    const refused = "parameter n: wanted a u32 (0 to 4294967295), found -1";
    expect(() => call(-1)).toThrow(new AbiError("argument", refused, { place: "parameter n" }));
    expect([calls(), judged]).toEqual([[], []]);
  });

  it("that the guest refuses itself is in no journal", () => {
    const refused = new AbiError("argument", "parameter n: not this one");
    const { call, calls, trapped } = listened(
      () => {
        throw refused;
      },
      { answersLater },
    );
    expect(() => call(1)).toThrow(refused);
    expect([calls(), trapped]).toEqual([[], []]);
  });

  it("gives the guest what is recorded, where the caller's object is another one each time", () => {
    const type: FunctionType = {
      params: [{ name: "of", type: { record: [{ name: "n", type: "u32" }] } }],
      result: "u32",
    };
    const { call, calls } = listened(({ n }: { n: number }) => n, { type, answersLater });
    let n = 0;
    const moody = Object.defineProperty({}, "n", { get: () => ++n });
    expect(call(moody)).toBe(1);
    expect(calls()).toMatchObject([{ args: [{ n: 1 }] }]);
  });

  it("that no journal has room for is made all the same, and the journal leads nowhere any more", () => {
    const { call, calls, cursor, judged } = listened((n: number) => n, {
      bounds: { bytes: 40 },
      answersLater,
    });
    expect([call(1), call(2), cursor.lost, cursor.count]).toEqual([1, 2, false, 2]);
    expect([call(3), cursor.lost, calls()]).toEqual([3, true, []]);
    expect(call(4)).toBe(4);
    expect(judged).toHaveLength(4);
  });

  it("is judged by the time that it took in the plugin too, however it was answered", async () => {
    let now = 1_000;
    const err = new PluginError("guest-error", "no", { payload: "odd" });
    const { call, judged } = listened(
      (n: number) => {
        now += n;
        if (n === 3) throw err;
        return n;
      },
      { clock: () => now, answersLater },
    );
    call(4);
    expect(() => call(3)).toThrow(err);
    expect(judged).toMatchObject([{ milliseconds: 4 }, { milliseconds: 3 }]);
  });
});

describe("a recorded call", () => {
  it("that is waited for is recorded when it is answered", async () => {
    let now = 0;
    const { call, calls, judged } = listened((n: number) => Promise.resolve().then(() => (now += n)), {
      answersLater: true,
      clock: () => now,
    });
    const answer = call(100);
    expect(calls()).toEqual([]);
    expect(await answer).toBe(100);
    expect([calls().length, judged]).toMatchObject([1, [{ milliseconds: 100 }]]);
  });

  it("of any number of parameters is recorded, and answered as ever", () => {
    for (let count = 0; count <= 5; count++) {
      const params = Array.from({ length: count }, (_, i) => ({ name: `p${i}`, type: "string" as const }));
      const args = params.map(({ name }) => `${name} of ${count}`);
      const { call, calls } = listened((...given: string[]) => given.join(), {
        type: { params, result: "string" },
      });
      expect(call(...args)).toBe(args.join());
      expect(calls()).toMatchObject([{ args }]);
    }
  });

  it("is told only where a bound is reached, when nobody wants to hear of all", () => {
    const { call, judged } = listened((n: number) => n, { bounds: { calls: 3 }, everyCall: false });
    for (const n of [1, 2, 3]) call(n);
    expect(judged).toEqual([{ name: "double", answer: 3, milliseconds: 0 }]);
  });

  it("is answered when its observer is done, where that takes time", async () => {
    const order: string[] = [];
    const { journal } = listened(() => 1);
    const scratch = new Scratch();
    const call = recorded(
      {
        name: "double",
        slot: 0,
        shape: argumentsShape(TYPE),
        call: (n: number) => n,
        answersLater: false,
        listen: undefined,
        scratch,
        digest: new Digest(),
      },
      {
        journal,
        everyCall: true,
        answered: async () => void order.push("observed"),
        trapped: () => undefined,
        unlogged: () => {},
      },
      new Answering("record", { scratch }),
    ) as (n: number) => Promise<number>;
    const answer = call(7).then((n) => order.push(`answered ${n}`));
    await answer;
    expect(order).toEqual(["observed", "answered 7"]);
  });
});
