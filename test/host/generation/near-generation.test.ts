/** Generations in this process, of instances without WebAssembly. */
import { describe, expect, it } from "vitest";
import type { Build } from "../../../host/generation/generation.ts";
import { NearGeneration } from "../../../host/generation/near-generation.ts";
import { Nesting } from "../../../host/grant/nesting.ts";
import type { Instance } from "../../../host/guest/adapter.ts";
import { MemoryPool } from "../../../host/guest/memory-pool.ts";
import type { PluginModule } from "../../../host/module/module.ts";

/** A generation, and whether its memory was given to be used again when it was let go of. */
function made(asynchronous: boolean) {
  const released: boolean[] = [];
  const instance = {
    recoverable: true,
    stop: () => {},
    release: (reusable: boolean) => released.push(reusable),
  } as unknown as Instance;
  const manifest = { name: "p", version: "1.0.0", exports: [], imports: [] };
  const module = { typed: true, manifest, instantiate: () => instance } as unknown as PluginModule;
  const nesting = new Nesting();
  const generation = new NearGeneration({
    number: 1,
    build: module as unknown as Build,
    module,
    linkage: { matches: [], asynchronous },
    lineage: {
      plugin: "p",
      nesting,
      callName: () => 0,
      loadName: () => "",
      waits: undefined,
      afterTrap: "",
      afterFailure: "",
      onError: () => {},
      onTrap: () => {},
      memories: new MemoryPool(),
      recorder: () => {
        throw new Error("nothing is recorded");
      },
    },
    mode: "serving",
    bindings: [],
    passage: undefined,
  });
  return { generation, nesting, released };
}

describe("the memory of a generation that is let go of", () => {
  it.each(["discard", "retire"] as const)("is used again, and given once: %s", (end) => {
    const { generation, released } = made(false);
    generation[end]();
    expect(released).toEqual([true]);
  });

  it.each(["discard", "retire"] as const)(
    "is never used again where a suspended call may go on in it: %s",
    (end) => {
      const { generation, released } = made(true);
      generation[end]();
      expect(released).toEqual([false]);
    },
  );

  it.each(["discard", "retire"] as const)(
    "is never used again where a grant is inside a call of it: %s",
    (end) => {
      const { generation, nesting, released } = made(false);
      nesting.call(() => generation[end]());
      expect(released).toEqual([false]);
    },
  );
});
