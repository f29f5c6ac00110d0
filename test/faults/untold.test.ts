/** Asynchronous grants where the runtime cannot tell which of them code is part of, as in browsers. */
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { capability, load, type Plugin } from "../../host/mod.ts";
import { guest, refused } from "./guest.ts";
import { Granted } from "./metrics.ts";

vi.mock("#async-context", () => ({ asyncContext: () => undefined }));

test.skipIf(!("Suspending" in WebAssembly))(
  "a grant that calls its own plugin, and waits for it, waits until its time is up: the plugin goes on",
  async () => {
    vi.useFakeTimers();
    try {
      const told: string[] = [];
      const look = async (): Promise<number> => {
        await Promise.resolve();
        const value = refused(plugin.call.value());
        await vi.advanceTimersByTimeAsync(29_999);
        told.push("waits");
        await vi.advanceTimersByTimeAsync(1);
        told.push(await value);
        return 3;
      };
      const grant = capability(
        "test:faults/metrics@1.0.0",
        {
          look: { params: [], returns: z.uint32(), kind: "read", async: true },
          act: { params: [z.uint32()], returns: z.uint32() },
          tell: { params: [z.string()], kind: "post" },
          attempt: { params: [z.uint32()], returns: z.uint32(), fails: true },
        },
        () => ({ look, act: (n) => n, tell: () => {}, attempt: (n) => n }),
      );
      await using plugin: Plugin<typeof Granted> = await load(Granted, await guest("granted"), {
        grant: [grant],
      });
      const [looked, added] = [plugin.call.look(), plugin.call.add(4).catch(() => "was given up too")];
      expect(await looked).toBe(3);
      expect(told).toEqual([
        "waits",
        "[deadline] could not call counter.value: another call is suspended in the grant test:faults/metrics@1.0.0#look, which did not answer within 30000 ms; a grant that calls its own plugin, and waits for the answer, waits for itself; it was not called",
      ]);
      expect(await added).toBe("was given up too");
      expect(await plugin.call.add(2)).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  },
);
