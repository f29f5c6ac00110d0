/** Errors accuse nobody unproven: what is the machine's fault, or our own, is said to be, and keeps no build waiting. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { CODES, type ErrorCode } from "../../host/codes.ts";
import { load, PluginError } from "../../host/mod.ts";
import { isBuildFault, isProbationFault, Quarantine } from "../../host/swap/quarantine.ts";
import { Counter, failure, guest, manifest, refused, wat } from "./guest.ts";

afterEach(() => void vi.restoreAllMocks());

/** What engines throw when there is no memory: V8, JavaScriptCore, SpiderMonkey twice. */
const ENGINES: readonly (readonly [engine: string, thrown: unknown, reason: string])[] = [
  [
    "V8",
    new RangeError("WebAssembly.Memory(): could not allocate memory"),
    "WebAssembly.Memory(): could not allocate memory",
  ],
  ["JavaScriptCore", new RangeError("Out of memory"), "Out of memory"],
  ["SpiderMonkey", Object.assign(new Error("out of memory"), { name: "InternalError" }), "out of memory"],
  ["SpiderMonkey's text", "out of memory", "out of memory"],
];

const starved = (thrown: unknown) =>
  vi.spyOn(WebAssembly, "Memory").mockImplementation(function none() {
    throw thrown;
  } as never);

const importing = (pages: number) =>
  wat(`(import "env" "memory" (memory ${pages}))`, { manifest: manifest({ memory: { initial: pages } }) });

describe("a lack of memory is no fault of the module", () => {
  test.each(ENGINES)("at load, as %s says it", async (_, thrown, reason) => {
    starved(thrown);
    expect(await refused(load(await importing(2)))).toBe(
      `[no-memory] could not allocate 2 pages of memory (0.125 MiB): ${reason}`,
    );
  });

  test.each(ENGINES)("in a swap, as %s says it", async (_, thrown, reason) => {
    const plugin = await load(Counter, await guest("counter"));
    const next = await guest("counter", "2.0.0");
    const memory = starved(thrown);
    const error = await failure(plugin.swap(next));
    memory.mockRestore();
    expect(error.message).toMatch(
      /^\[no-memory\] could not swap counter 1\.0\.0: could not allocate \d+ pages of /,
    );
    expect(error.message).toContain(`MiB): ${reason}; version 1.0.0 still serves`);
    expect([isBuildFault(error), error.record?.cause?.code, plugin.generation]).toEqual([
      false,
      "no-memory",
      1,
    ]);
    await plugin.swap(next);
    expect(plugin.version).toBe("2.0.0");
  });

  test("nor is one of an instance's own memory, which the engine makes", async () => {
    const bytes = await wat(`(memory (export "memory") 1)`);
    vi.spyOn(WebAssembly, "Instance").mockImplementation(function none() {
      throw new RangeError(
        "WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance",
      );
    } as never);
    expect(await refused(load(bytes))).toBe(
      "[no-memory] hand 1.0.0: could not be instantiated: WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance",
    );
  });

  test("a memory that can never be is the manifest's fault", async () => {
    const bytes = await wat(`(import "env" "memory" (memory 2))`, {
      manifest: manifest({ memory: { initial: 2, maximum: 1 } }),
    });
    expect(await refused(load(bytes))).toContain("[bad-manifest] could not load bytes");
  });
});

describe("a fault of our own", () => {
  test("is called one, and accuses neither the plugin nor its caller", async () => {
    const plugin = await load(Counter, await guest("counter"));
    const next = await guest("counter", "3.0.0");
    vi.spyOn(WebAssembly.Module, "imports").mockImplementation(() => {
      throw new TypeError("imports is not what it was");
    });
    const error = await failure(plugin.swap(next));
    expect(error.message).toBe(
      "[internal] could not swap counter 1.0.0: moult itself failed: TypeError: imports is not what it was; please report it, with the stack of its cause; version 1.0.0 still serves",
    );
    expect([error.cause, isBuildFault(error)]).toEqual([new TypeError("imports is not what it was"), false]);
    expect(await plugin.call.add(1)).toBe(1);
  });
});

describe("quarantine", () => {
  const MEANT: readonly ErrorCode[] = [
    "not-wasm",
    "component",
    "invalid-module",
    "no-manifest",
    "bad-manifest",
    "abi-too-new",
    "abi-too-old",
    "mismatch",
    "missing-grant",
    "incompatible-state",
    "failed-start",
    "failed-restore",
    "failed-check",
    "failed-verify",
  ];

  test.each(CODES)("%s keeps a build waiting only if it is the build's own fault", (code) => {
    expect(isBuildFault(new PluginError(code, "could not"))).toBe(MEANT.includes(code));
    expect(isProbationFault(code)).toBe(["trapped", "out-of-fuel", "too-many-errors"].includes(code));
  });

  test.each(["no-memory", "store-failed", "internal", "grant-failed"] as const)(
    "is not for a build that failed because of %s",
    (code) => {
      const cause = new Error("on its way", { cause: new PluginError(code, "could not") });
      expect(isBuildFault(new PluginError("failed-start", "could not", { cause }))).toBe(false);
    },
  );

  test.each([new TypeError("ours"), "a text", undefined, { code: "mismatch" }])("is not for %o", (error) => {
    expect(isBuildFault(error)).toBe(false);
  });

  test("ends for causes that go in a circle", () => {
    const cause = new Error("round");
    cause.cause = cause;
    expect(isBuildFault(new PluginError("mismatch", "could not", { cause }))).toBe(true);
  });

  test.each([Number.NaN, -1, "1s"])("takes no %s for a time", (backoff) => {
    expect(() => new Quarantine(backoff as number)).toThrow("[argument] could not use backoff: found ");
  });

  test("goes by a clock that never goes back, and not by the time of day", () => {
    let clock = 0;
    const quarantine = new Quarantine(1_000, () => clock);
    vi.spyOn(Date, "now").mockReturnValue(-1e15);
    const admitted = () => quarantine.admit("digest");
    admitted();
    quarantine.refused("digest");
    vi.spyOn(Date, "now").mockReturnValue(-1e16);
    expect(admitted).toThrow(
      "[quarantined] this build was refused before, and is not tried again for 1000 ms",
    );
    clock = 999.5;
    expect(admitted).toThrow("for 1 ms");
    clock = 1_000;
    expect(admitted).not.toThrow();
  });
});
