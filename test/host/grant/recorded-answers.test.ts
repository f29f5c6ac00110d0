import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Scratch } from "../../../abi/canonical/value-bytes.ts";
import type { FunctionType, ValueType } from "../../../abi/type.ts";
import { PluginError } from "../../../host/errors.ts";
import { type HostCalls, Question, Refusal, toErr } from "../../../host/generation/question.ts";
import { type HostAnswer, keyOfQuestion } from "../../../host/generation/question-bytes.ts";
import type { GrantKind } from "../../../host/grant/capability.ts";
import {
  Answering,
  type AnswerRecord,
  POLICIES,
  type Policy,
  RecordedAnswers,
  SharedHostCalls,
} from "../../../host/grant/recorded-answers.ts";

const KINDS: readonly GrantKind[] = ["read", "effect", "post"];
const NUMBER: FunctionType = { params: [{ name: "n", type: "u32" }], result: "u32" };

function question(kind: GrantKind, type: FunctionType = NUMBER): Question {
  return new Question(`test:host/${kind}@1.0.0#it`, type, kind);
}

function answering(type: ValueType): Question {
  return question("read", { params: [], result: type });
}

/** A record in an array. */
function record(): AnswerRecord & { readonly answers: HostAnswer[] } {
  const answers: HostAnswer[] = [];
  return {
    answers,
    add({ question, key, as }, scratch) {
      answers.push({ key: key.value, kind: question.kind as "read", as, bytes: scratch.copy() });
      return undefined;
    },
  };
}

/** What a host answers that counts how often it is asked. */
function host() {
  const asked: string[] = [];
  const ask = (hostCalls: HostCalls, kind: GrantKind, argument = 1) =>
    hostCalls.ask(question(kind), [argument], () => asked.push(kind));
  return { asked, ask };
}

/** One call that is recorded. */
function recorded() {
  const kept = record();
  return { kept, calls: new Answering("record", { scratch: new Scratch(), record: kept }) };
}

function again(policy: Policy, answers: readonly HostAnswer[], kept?: AnswerRecord): Answering {
  const scratch = new Scratch();
  return new Answering(policy, { scratch, recorded: new RecordedAnswers(answers), record: kept });
}

describe("what becomes of a question", () => {
  /** Asks once what was recorded before, and once what was not. */
  function outcome(policy: Policy, kind: GrantKind, known: boolean): string {
    const before = recorded();
    if (known && kind !== "post") before.calls.ask(question(kind), [1], () => 100);
    const kept = record();
    const calls = again(policy, before.kept.answers, kept);
    let asked = 0;
    let answer: unknown;
    try {
      answer = calls.ask(question(kind), [1], () => 200 + asked++);
    } catch (error) {
      expect(error).toBeInstanceOf(policy.startsWith("look") ? Error : Refusal);
      return asked === 0 ? "refused" : "refused too late";
    }
    const from = answer === 100 ? "recorded" : answer === 200 ? "asked" : "dropped";
    expect(asked).toBe(from === "asked" ? 1 : 0);
    return kept.answers.length > 0 ? `${from}, in the record` : from;
  }
  /** What each rule comes to, for a question that is recorded and for one that is not. */
  const RULES = {
    ask: ["asked", "asked"],
    "ask, record": ["asked, in the record", "asked, in the record"],
    "recorded, or ask": ["recorded", "asked"],
    // A call that goes on has it in its record already; one that is made again has a record of its own.
    "recorded, or ask, record": [/^recorded(, in the record)?$/, "asked, in the record"],
    "recorded, or refuse": ["recorded", "refused"],
    refuse: ["refused", "refused"],
    drop: ["dropped", "dropped"],
  } as const;
  const cells = Object.entries(POLICIES).flatMap(([policy, rules]) =>
    KINDS.map((kind) => ({ policy: policy as Policy, kind, rule: rules[kind] })),
  );

  it.each(cells)("$policy, $kind: $rule", ({ policy, kind, rule }) => {
    const [known, unknown] = RULES[rule];
    expect(outcome(policy, kind, true)).toMatch(known);
    expect(outcome(policy, kind, false)).toBe(unknown);
  });

  it("is the table of docs/architecture.md", () => {
    const page = readFileSync(new URL("../../../docs/architecture.md", import.meta.url), "utf8");
    const rows = page
      .split("\n")
      .map((line) => /^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/.exec(line))
      .flatMap((found) => (found ? [found.slice(1)] : []));
    expect(rows).toEqual(
      Object.entries(POLICIES).map(([policy, { read, effect, post }]) => [policy, read, effect, post]),
    );
  });

  it("of a call that trapped, and is made of the version before: no effect twice, all else live, all of it recorded", () => {
    const { asked, ask } = host();
    const before = recorded();
    ask(before.calls, "read");
    const done = ask(before.calls, "effect");
    const kept = record();
    const { answers } = before.kept;
    const calls = again("retry", answers, kept);
    expect([ask(calls, "effect"), ask(calls, "read"), ask(calls, "effect"), ask(calls, "post")]).toEqual([
      done,
      3,
      4,
      5,
    ]);
    expect(asked).toEqual(["read", "effect", "read", "effect", "post"]);
    expect(kept.answers.map(({ kind }) => kind)).toEqual(["effect", "read", "effect"]);
    expect(kept.answers[0]).toEqual(answers[1]);
  });
});

describe("host calls", () => {
  it("gives every read and effect the answer that was recorded for it, the nth the nth, and asks nobody", () => {
    const { asked, ask } = host();
    const { kept, calls } = recorded();
    const answers = [ask(calls, "read"), ask(calls, "effect"), ask(calls, "read"), ask(calls, "read", 2)];
    const replay = again("replay", kept.answers);
    const found = [ask(replay, "read", 2), ask(replay, "read"), ask(replay, "effect"), ask(replay, "read")];
    expect(found).toEqual([answers[3], answers[0], answers[1], answers[2]]);
    expect(asked).toHaveLength(4);
  });

  it("never performs an effect in a replay that was not recorded, also where the function has errs", () => {
    for (const result of ["u32", { result: { ok: "u32", err: "string" } }] as const) {
      const ask = () => again("replay", []).ask(question("effect", { params: [], result }), [], () => 1);
      expect(ask).toThrow(
        new Refusal(
          "test:host/effect@1.0.0#it has an effect that was not recorded, so it is not performed in a replay",
        ),
      );
    }
    const refused = new Refusal("no");
    expect(() => toErr(refused, {})).toThrow(refused);
  });

  it("gives what was thrown again", () => {
    const { kept, calls } = recorded();
    const fails = () => {
      throw new Error("no");
    };
    expect(() => calls.ask(question("effect"), [1], fails)).toThrow(new Error("no"));
    expect(() => again("replay", kept.answers).ask(question("effect"), [1], () => 1)).toThrow(
      new Error("no"),
    );
  });

  it("gives an err again, with its payload, where the function's type has errs", () => {
    const type: FunctionType = { params: [], result: { result: { ok: "u32", err: { list: "u64" } } } };
    const { kept, calls } = recorded();
    const fails = () => {
      throw new PluginError("guest-error", "no", { payload: [1n, 2n] });
    };
    for (const one of [() => calls, () => again("replay", kept.answers)]) {
      let thrown: unknown;
      try {
        one().ask(question("effect", type), [], fails);
      } catch (error) {
        thrown = error;
      }
      expect(toErr(thrown, type)).toEqual(BigUint64Array.of(1n, 2n));
    }
    expect(kept.answers).toMatchObject([{ as: "answered" }]);
  });

  it("keeps an answer as it was, whatever becomes of the object", () => {
    const { kept, calls } = recorded();
    const one = answering({ record: [{ name: "n", type: "u32" }] });
    const answer = { n: 1 };
    calls.ask(one, [], () => answer);
    answer.n = 2;
    expect(again("replay", kept.answers).ask(one, [], () => answer)).toEqual({ n: 1 });
  });

  it("knows a question whose arguments the implementation changes", () => {
    const type: FunctionType = { params: [{ name: "of", type: { list: "u8" } }], result: "u32" };
    const { kept, calls } = recorded();
    const sorts = (of: unknown) => (of as Uint8Array).sort()[0];
    expect(calls.ask(question("effect", type), [Uint8Array.of(3, 1)], sorts)).toBe(1);
    const replay = again("replay", kept.answers);
    expect(replay.ask(question("effect", type), [Uint8Array.of(3, 1)], () => 0)).toBe(1);
  });

  it("knows a question by its arguments alone, and not by what lay between them", () => {
    const type: FunctionType = {
      params: [
        { name: "a", type: "u8" },
        { name: "b", type: "u32" },
        { name: "c", type: { option: "u64" } },
        { name: "d", type: "string" },
        { name: "e", type: { list: "u16" } },
      ],
      result: "u32",
    };
    const args = [1, 2, undefined, "odd", [7]];
    const keys = Array.from({ length: 3 }, (_, i) => {
      const scratch = new Scratch();
      scratch.put(new Uint8Array(200).fill(i));
      return keyOfQuestion(question("read", type), args, scratch).value;
    });
    expect(new Set(keys).size).toBe(1);
  });

  it("tells questions apart that differ in two places by the same bits", () => {
    const type: FunctionType = {
      params: [
        { name: "a", type: "f32" },
        { name: "b", type: "f32" },
      ],
    };
    const key = (...args: number[]) => keyOfQuestion(question("read", type), args, new Scratch()).value;
    const keys = [key(1.5, 2.5), key(-1.5, -2.5), key(1.5, -2.5), key(-1.5, 2.5), key(2.5, 1.5)];
    expect(new Set(keys).size).toBe(5);
  });
});

/** Recording changes nothing of what a grant may answer. */
describe("an answer that is recorded", () => {
  const point: ValueType = {
    record: [
      { name: "x", type: "u32" },
      { name: "y", type: "u32" },
    ],
  };
  class Point {
    #x = 1;
    get x() {
      return this.#x;
    }
    get y() {
      return 2;
    }
    norm(): number {
      return Math.hypot(this.x, this.y);
    }
  }

  it.each([
    ["an object with methods", point, { x: 1, y: 2, length: () => 2.2 }, { x: 1, y: 2 }],
    ["an object whose fields are getters of its class", point, new Point(), { x: 1, y: 2 }],
    ["a Proxy", point, new Proxy({ x: 1, y: 2 }, {}), { x: 1, y: 2 }],
    ["a list that is a Proxy", { list: "u32" }, new Proxy([1, 2], {}), Uint32Array.of(1, 2)],
    [
      "a Map of another making",
      { map: ["string", "u32"] },
      new (class extends Map<string, number> {})([["a", 1]]),
      new Map([["a", 1]]),
    ],
    ["a Set", { list: "string", as: "set" }, new Set(["a"]), new Set(["a"])],
    [
      "a Set whose items are objects with methods",
      { list: point, as: "set" },
      new Set([new Point()]),
      new Set([{ x: 1, y: 2 }]),
    ],
    [
      "bytes of a larger buffer",
      { list: "u8" },
      new Uint8Array(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2),
      Uint8Array.of(1, 2),
    ],
    ["a Buffer", { list: "u8" }, Buffer.from([1, 2]), Uint8Array.of(1, 2)],
    ["a bigint", "u64", 2n ** 64n - 1n, 2n ** 64n - 1n],
    ["NaN", "f64", Number.NaN, Number.NaN],
    ["-0", "f64", -0, -0],
    ["a lone surrogate, as a guest gets it", { tuple: ["string"] }, ["a\ud800"], ["a\ufffd"]],
    ["nothing", { option: "u32" }, undefined, undefined],
    ["null for nothing", { option: "u32" }, null, undefined],
  ] as const)("%s", (_, type, answer, seen) => {
    const { kept, calls } = recorded();
    expect(calls.ask(answering(type as ValueType), [], () => answer)).toEqual(seen);
    expect(again("replay", kept.answers).ask(answering(type as ValueType), [], () => 0)).toEqual(seen);
  });

  it("is read once: what is recorded is what the guest sees", () => {
    let reads = 0;
    const moody = {
      get x() {
        return ++reads;
      },
      y: 0,
    };
    const { kept, calls } = recorded();
    expect(calls.ask(answering(point), [], () => moody)).toEqual({ x: 1, y: 0 });
    expect(again("replay", kept.answers).ask(answering(point), [], () => 0)).toEqual({ x: 1, y: 0 });
  });

  it("and does not fit its type is refused as it is without a record, and is no err", () => {
    const tries: [ValueType, unknown, string][] = [
      ["u32", -1, "result of it: wanted a u32 (0 to 4294967295), found -1"],
      [
        { result: { ok: "u32", err: "string" } },
        "no",
        'result of it.val: wanted a u32 (0 to 4294967295), found string "no"',
      ],
    ];
    for (const [type, answer, message] of tries) {
      const { kept, calls } = recorded();
      expect(() => calls.ask(answering(type), [], () => answer)).toThrow(new Refusal(message));
      expect(kept.answers).toEqual([]);
    }
  });

  it("and whose getters throw is refused, and is no err", () => {
    const broken = {
      get x(): number {
        throw new Error("no x today");
      },
      y: 0,
    };
    const { calls } = recorded();
    const type: ValueType = { result: { ok: point, err: "string" } };
    expect(() => calls.ask(answering(type), [], () => broken)).toThrow(Refusal);
  });

  it("later is the same", async () => {
    const { kept, calls } = recorded();
    const later = await calls.ask(answering(point), [], async () => new Point());
    expect(later).toEqual({ x: 1, y: 2 });
    await expect(
      calls.ask(question("effect"), [1], async () => Promise.reject(new Error("no"))),
    ).rejects.toThrow(new Error("no"));
    expect(kept.answers.map(({ as }) => as)).toEqual(["answered", "threw"]);
  });

  it("and cannot be recorded is not seen, and is no err", async () => {
    const full = new PluginError("store-failed", "no space left");
    const type: FunctionType = { params: [], result: { result: { ok: "u32", err: "string" } } };
    const scratch = new Scratch();
    const throwing = {
      add: () => {
        throw full;
      },
    };
    const calls = new Answering("record", { scratch, record: throwing });
    expect(() => calls.ask(question("effect", type), [], () => 1)).toThrow(
      expect.objectContaining({ name: "Refusal", cause: full }),
    );
    const rejecting = { add: () => Promise.reject(full) };
    const later = new Answering("record", { scratch, record: rejecting });
    await expect(later.ask(question("effect", type), [], () => 1)).rejects.toMatchObject({
      name: "Refusal",
      cause: full,
    });
  });
});

describe("host calls that copies share", () => {
  it("answer the nth call of each copy alike, whichever makes it first, and in which order ever", () => {
    const { ask } = host();
    const shared = new SharedHostCalls();
    const [one, other, third] = [shared.side(), shared.side(), shared.side()];
    const first = one();
    const answers = [ask(first, "read"), ask(first, "read"), ask(first, "read", 2)];
    const second = other();
    expect([ask(second, "read", 2), ask(second, "read"), ask(second, "read")]).toEqual([
      answers[2],
      answers[0],
      answers[1],
    ]);
    // What the first did not ask is asked of the host each time: so answers that depend on more are found out.
    const last = third();
    expect([ask(second, "read", 3), ask(last, "read", 3), ask(last, "read")]).toEqual([4, 5, answers[0]]);
    expect(ask(one(), "read")).toBe(6);
  });

  it("refuse effects, and drop posts, of whichever copy", () => {
    const { asked, ask } = host();
    const shared = new SharedHostCalls();
    for (const calls of [shared.side()(), shared.side()()]) {
      expect(() => ask(calls, "effect")).toThrow(
        expect.objectContaining({
          message: "test:host/effect@1.0.0#it has an effect, which is refused before the cutover",
        }),
      );
      expect([ask(calls, "post"), asked]).toEqual([undefined, []]);
    }
  });

  it("keep at most 64 MiB of answers", () => {
    const calls = new SharedHostCalls().side()();
    const bytes = new Uint8Array(2 ** 24);
    const draw = () => calls.ask(answering({ list: "u8" }), [], () => bytes);
    for (let n = 0; n < 3; n++) draw();
    expect(draw).toThrow(new Refusal("its host answered more than 67108864 bytes"));
  });
});
