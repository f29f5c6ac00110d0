import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { recordFromBytes, recordToBytes } from "../../host/durable/log-record.ts";
import { contract, load, PluginError } from "../../host/mod.ts";
import { directory } from "../../host/node/mod.ts";
import { versions } from "../versions.ts";
import { account, Bank } from "./account.ts";
import { folder, leave } from "./folder.ts";
import { later } from "./later.ts";

const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));

describe("a store that answers later", () => {
  it("keeps every call in its order, through a swap and another process", async () => {
    const path = folder();
    const plugin = await load(Counter, await counter("v1"), { store: later(directory(path)) });
    const answers = Array.from({ length: 20 }, () => plugin.call.add(1));
    const swapped = plugin.swap(await counter("v2"));
    answers.push(...Array.from({ length: 20 }, () => plugin.call.add(1)));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(await swapped).toMatchObject({ outcome: "swapped" });
    leave(path);
    const again = await load(Counter, await counter("v2"), { store: later(directory(path)) });
    expect(await again.call.value()).toBe(40);
    await again.close();
  });

  it("leaves no callSync", async () => {
    const plugin = await load(Counter, await counter("v1"), { store: later(directory(folder())) });
    expect(() => plugin.callSync.add(1)).toThrow(
      "[answers-later] could not call counter.add at once: its store answers later; use call",
    );
    await plugin.close();
  });

  it("refuses effects that answer at once: nobody could wait until their answers are written", async () => {
    await expect(account(new Bank(), { store: later(directory(folder())) })).rejects.toMatchObject({
      code: "no-suspension",
      message:
        "[no-suspension] could not load account 1.0.0 from a slow store: test:bank/ledger@1.0.0#book has an effect and answers at once, and this store answers later; declare it async: true, or use a store that is synchronous",
    });
  });
});

describe("a log record", () => {
  it("is what it was, whatever the host answered", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constant(undefined),
        fc.boolean(),
        fc.double(),
        fc.bigInt(),
        fc.string({ unit: "binary" }),
        fc.uint8Array(),
        fc.uint16Array(),
        fc.bigInt64Array(),
        fc.array(tie("any")),
        fc.array(fc.tuple(fc.string(), tie("any"))).map((pairs) => new Map(pairs)),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("any"), { noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (answers) => {
        const record = {
          kind: "answers" as const,
          number: 7,
          answers: answers.map((answer) => ({ question: "a\u0000\u00ff", kind: "read" as const, answer })),
        };
        expect(recordFromBytes(recordToBytes(record))).toStrictEqual(record);
      }),
    );
  });

  it("keeps what was thrown, with its payload", () => {
    const error = new PluginError("guest-error", "no", { payload: { reason: 1n } });
    const record = {
      kind: "answers" as const,
      number: 1,
      answers: [{ question: "q", kind: "effect" as const, answer: undefined, error }],
    };
    const back = recordFromBytes(recordToBytes(record));
    expect(back).toMatchObject({ answers: [{ error: { payload: { reason: 1n } } }] });
  });

  it("that is none is refused", () => {
    for (const bytes of [[], [1, 0, 0, 0], [200, 0, 0, 0, 123], [2, 0, 0, 0, 123, 125]]) {
      expect(() => recordFromBytes(Uint8Array.from(bytes))).toThrow(
        /^\[bad-store\] a log record cannot be read: /,
      );
    }
  });
});

it("writes one record for a call that asks nobody, and the answer of the one before with it", async () => {
  const path = folder();
  const plugin = await load(Counter, await counter("v1"), { store: directory(path) });
  plugin.callSync.add(1);
  plugin.callSync.add(2);
  const text = readFileSync(join(path, "0000000001.journal"), "latin1");
  const kinds = [...text.matchAll(/\{"kind":"(\w+)","number":(\d+)/g)].map(([, kind, n]) => `${kind} ${n}`);
  expect(kinds).toEqual(["call 1", "end 1", "call 2"]);
  await plugin.close();
});
