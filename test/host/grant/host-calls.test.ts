import { describe, expect, it } from "vitest";
import { ArgumentBytes } from "../../../abi/canonical/value-bytes.ts";
import type { HostCalls, Question, RecordedCall } from "../../../host/generation/observer.ts";
import type { Kind } from "../../../host/grant/capability.ts";
import { recording, replaying, retrying } from "../../../host/grant/host-calls.ts";

const bytes = new ArgumentBytes();
const entry = (): RecordedCall => ({ name: "call", slot: 0, args: new Uint8Array(0), answers: [] });
const question = (kind: Kind, argument = 1): Question => ({
  name: `test:host/${kind}`,
  type: { params: [{ name: "n", type: "u32" }], result: "u32" },
  kind,
  args: [argument],
});
/** What a host answers that counts how often it is asked. */
function host() {
  const asked: string[] = [];
  const ask = (hostCalls: HostCalls, kind: Kind, argument?: number) =>
    hostCalls.ask(question(kind, argument), () => asked.push(kind));
  return { asked, ask };
}

describe("host calls", () => {
  it("gives every read and effect the answer that was recorded for it, the nth the nth, and asks nobody", () => {
    const { asked, ask } = host();
    const one = entry();
    const recorded = recording(one, bytes);
    const answers = [
      ask(recorded, "read"),
      ask(recorded, "effect"),
      ask(recorded, "read"),
      ask(recorded, "read", 2),
    ];
    const replay = replaying(one, bytes);
    expect([ask(replay, "read", 2), ask(replay, "read"), ask(replay, "effect"), ask(replay, "read")]).toEqual(
      [answers[3], answers[0], answers[1], answers[2]],
    );
    expect(asked).toHaveLength(4);
  });

  it("asks a read live that nobody recorded, never performs an effect, and posts nothing", () => {
    const { asked, ask } = host();
    const replay = replaying(entry(), bytes);
    expect(ask(replay, "read")).toBe(1);
    expect(() => ask(replay, "effect")).toThrow(
      "test:host/effect has an effect that was not recorded, so it is not performed in a replay",
    );
    expect(ask(replay, "post")).toBe(undefined);
    expect(asked).toEqual(["read"]);
  });

  it("gives what was thrown again", () => {
    const one = entry();
    const fails = () => {
      throw new Error("no");
    };
    expect(() => recording(one, bytes).ask(question("effect"), fails)).toThrow("no");
    expect(() => replaying(one, bytes).ask(question("effect"), () => 1)).toThrow("no");
  });

  it("keeps an answer as it was, whatever becomes of the object", () => {
    const one = entry();
    const answer = { n: 1 };
    recording(one, bytes).ask(question("read"), () => answer);
    answer.n = 2;
    expect(replaying(one, bytes).ask(question("read"), () => answer)).toEqual({ n: 1 });
  });

  it("of a call that begins again does no effect twice, and asks and does all else live", () => {
    const { asked, ask } = host();
    const one = entry();
    const recorded = recording(one, bytes);
    ask(recorded, "read");
    const done = ask(recorded, "effect");
    const again = retrying(one, bytes, undefined);
    expect([ask(again, "effect"), ask(again, "read"), ask(again, "effect"), ask(again, "post")]).toEqual([
      done,
      3,
      4,
      5,
    ]);
    expect(asked).toEqual(["read", "effect", "read", "effect", "post"]);
  });
});
