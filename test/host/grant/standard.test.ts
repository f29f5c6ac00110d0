import { describe, expect, it } from "vitest";
import { log, PluginError } from "../../../host/mod.ts";

const LINE = () => {};
const all = { debug: LINE, info: LINE, warn: LINE, error: LINE };
const wanted =
  "could not grant the log: wanted an object with the functions debug, info, warn, error, such as console, found";

describe("a log is looked at when it is granted, and not at a plugin's first line", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["text", "console", 'string "console"'],
    ["an object of other functions", { log: LINE }, "an object"],
    ["an object without one", { ...all, warn: undefined }, "an object without warn"],
    [
      "an object whose functions are none",
      { ...all, debug: "yes", error: 1 },
      "an object without debug, error",
    ],
  ])("%s", (_, sink, found) => {
    expect(() => log(sink as never)).toThrow(new PluginError("bad-grant", `${wanted} ${found}`));
  });

  it("one function, which is told how to take every line", () => {
    expect(() => log(LINE as never)).toThrow(
      new PluginError(
        "bad-grant",
        `${wanted} a function; to have every line in one function f, log({ debug: f, info: f, warn: f, error: f })`,
      ),
    );
  });

  it.each<[string, () => unknown]>([
    ["console", () => console],
    ["an object", () => all],
    [
      "an object of a class",
      () =>
        new (class {
          debug() {}
          info() {}
          warn() {}
          error() {}
        })(),
    ],
    ["a function that has all four", () => Object.assign(() => {}, all)],
  ])("takes %s", (_, sink) => {
    expect(log(sink() as never).interface.text).toBe("moult:log/log@1.0.0");
  });
});
