/** Parts that come later: in the order in which they are asked for, and asked for again where they did not come. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { LazyPart } from "../../host/lazy-part.ts";
import type { Source } from "../../host/mod.ts";
import { versions } from "../versions.ts";
import { deferred } from "./swap/fake.ts";

const version = versions(new URL("../../wasm-plugins/counter/", import.meta.url));

describe("a part", () => {
  it("is loaded once, and works are begun in the order in which they were asked for", async () => {
    const there = deferred();
    const load = vi.fn(() => there.promise.then(() => "it"));
    const part = new LazyPart(load);
    const begun: string[] = [];
    const asked = ["first", "second", "third"].map((name) =>
      part.with("could not work", (it) => {
        begun.push(name);
        return `${name} with ${it}`;
      }),
    );
    expect([part.there, begun]).toEqual([undefined, []]);
    there.resolve();
    expect(await Promise.all(asked)).toEqual(["first with it", "second with it", "third with it"]);
    expect(begun).toEqual(["first", "second", "third"]);
    expect([load.mock.calls.length, part.there]).toEqual([1, "it"]);
  });

  it("works in its caller's stack once it is there, and what the work throws is its answer", async () => {
    const part = new LazyPart(async () => "it");
    await part.load("could not load");
    let begun = false;
    const worked = part.with("could not work", () => {
      begun = true;
      throw new Error("on its own");
    });
    expect(begun).toBe(true);
    await expect(worked).rejects.toThrow("on its own");
  });

  it("that cannot be loaded says so to all who wait, and is loaded when it is next asked for", async () => {
    let gone = true;
    const part = new LazyPart(async () => {
      if (gone) throw new TypeError("Failed to fetch dynamically imported module");
      return "it";
    });
    const work = vi.fn(() => "done");
    const asked = await Promise.allSettled([
      part.with("could not swap a", work),
      part.load("could not load b"),
    ]);
    expect(asked).toMatchObject([
      {
        reason: { code: "unavailable", cause: new TypeError("Failed to fetch dynamically imported module") },
      },
      {
        reason: {
          message:
            "[unavailable] could not load b: a part of moult that it takes could not be loaded: Failed to fetch dynamically imported module; it is asked for again the next time",
        },
      },
    ]);
    expect(work).not.toHaveBeenCalled();
    gone = false;
    expect(await part.with("could not swap a", work)).toBe("done");
  });
});

describe("the first swap of a program", () => {
  let moult: typeof import("../../host/mod.ts");

  beforeEach(async () => {
    // As in a program that has swapped nothing yet.
    vi.resetModules();
    moult = await import("../../host/mod.ts");
  });

  const counter = async () => {
    const Counter = moult.contract("demo:counter/counter@1", {
      add: { params: [z.uint32()], returns: z.uint32() },
    });
    return moult.load(Counter, await version("v1"));
  };
  const code = (undertaken: Promise<unknown>) => undertaken.then(String, (error) => error.code);

  it("takes the bytes that it was given, whatever becomes of them", async () => {
    const plugin = await counter();
    plugin.callSync.add(40);
    const bytes = (await version("v2")).slice();
    const swapped = plugin.swap(bytes);
    bytes.fill(0);
    expect((await swapped).outcome).toBe("swapped");
    expect(plugin.callSync.add(2)).toBe(42);
  });

  it("takes the options that it was given, whatever becomes of them", async () => {
    const plugin = await counter();
    const options: { dryRun?: boolean; signal?: AbortSignal; timeout?: number } = {};
    for (const next of ["v2", "v2"]) {
      const swapped = plugin.swap(await version(next), options);
      // Those of the next one.
      Object.assign(options, { dryRun: true, timeout: Number.NaN, signal: AbortSignal.abort() });
      expect((await swapped).outcome).toBe("swapped");
      for (const name of ["dryRun", "timeout", "signal"] as const) delete options[name];
    }
    const rolling: { discard?: boolean } = {};
    await plugin.swap(await version("v2"), { probation: {} });
    plugin.callSync.add(2);
    const rolled = plugin.rollback(rolling);
    rolling.discard = true;
    await rolled;
    expect(plugin.callSync.add(1)).toBe(3);
  });

  it("goes before what is asked for after it", async () => {
    const plugin = await counter();
    const two = await version("v2");
    const undertaken = [
      plugin.swap(two),
      code(plugin.swap(two)),
      code(plugin.mirror(two)),
      code(plugin.rollback()),
    ];
    expect(plugin.callSync.add(1)).toBe(1);
    expect(await Promise.all(undertaken)).toMatchObject([{ outcome: "swapped" }, "busy", "busy", "busy"]);
    expect(plugin.generation).toBe(2);
  });

  it("is refused where the plugin is closed meanwhile", async () => {
    const plugin = await counter();
    const swapped = code(plugin.swap(await version("v2")));
    await plugin.close();
    expect(await swapped).toBe("closed");
  });

  it("is what a source that changes asked for last", async () => {
    const Counter = moult.contract("demo:counter/counter@1", {
      add: { params: [z.uint32()], returns: z.uint32() },
    });
    const [one, two] = [await version("v1"), await version("v2")];
    let change!: (source: Source) => void;
    const plugin = await moult.load(Counter, one);
    const swapped = new Promise((resolve) => plugin.on("transition", resolve));
    plugin.follow({
      current: async () => one,
      subscribe: (onChange) => {
        change = onChange;
        return () => {};
      },
    });
    change(new Uint8Array(8));
    change(two);
    expect(await swapped).toMatchObject({ outcome: "swapped" });
    await plugin.close();
  });

  it("finds its parts there where all of them were loaded before", async () => {
    await moult.preload();
    const plugin = await counter();
    const first = plugin.swap(await version("v2"));
    // It has begun: nothing is waited for.
    expect(await code(plugin.swap(await version("v2")))).toBe("busy");
    expect((await first).outcome).toBe("swapped");
  });
});
